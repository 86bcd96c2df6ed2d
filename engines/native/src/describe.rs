//! Descriptions, as JSON. That of a flag has what JavaScript needs to write requests and to build answers: with it, an
//! evaluation only has to return one number.

use crate::content::differing_keys;
use crate::json::{JsonVariant, json};
use crate::state::{Condition, Flag, Source, State};
use crate::vocabulary::FlagType;
use serde::Serialize;

/// A flag as `list_flags` gives it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedFlag<'a> {
    key: &'a str,
    enabled: bool,
    #[serde(rename = "type")]
    flag_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_variant: Option<JsonVariant<'a>>,
}

/// A flag as an evaluation needs it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DescribedFlag<'a> {
    #[serde(rename = "type")]
    flag_type: &'static str,
    enabled: bool,
    /// How many constraints an evaluation compares at most.
    constraints: usize,
    /// The properties, from slot 1 on.
    properties: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_variant: Option<JsonVariant<'a>>,
    /// One per rule or rollout.
    conditions: Vec<DescribedCondition<'a>>,
    /// The outcomes, from index 1 on.
    outcomes: Vec<Outcome<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DescribedCondition<'a> {
    /// The segments that matched; when `open`, the matched bits say which ones.
    segment_keys: Vec<&'a str>,
    open: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    /// The index of its condition.
    condition: usize,
    /// Of a boolean flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<bool>,
    /// Of a variant flag; absent when the default variant stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    variant_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant_attachment: Option<&'a str>,
}

/// Returns the list of a state's flags, a JSON array.
pub fn list(state: &State) -> Vec<u8> {
    let texts = &state.texts;
    let flags: Vec<ListedFlag> = state
        .flags
        .iter()
        .map(|flag| ListedFlag {
            key: texts.get(flag.key),
            enabled: flag.enabled,
            flag_type: flag.flag_type.word(),
            description: texts.optional(flag.description),
            default_variant: JsonVariant::of(texts, flag),
        })
        .collect();
    json(&flags)
}

/// Returns the description of a flag, a JSON object.
pub fn flag(state: &State, flag: &Flag) -> Vec<u8> {
    let texts = &state.texts;
    let (conditions, outcomes) = match flag.flag_type {
        FlagType::Variant => variant_outcomes(state, flag),
        FlagType::Boolean => boolean_outcomes(state, flag),
    };
    json(&DescribedFlag {
        flag_type: flag.flag_type.word(),
        enabled: flag.enabled,
        constraints: sources(state, flag).count(),
        properties: flag.properties.of(&state.properties).iter().map(|&text| texts.get(text)).collect(),
        default_variant: JsonVariant::of(texts, flag),
        conditions,
        outcomes,
    })
}

/// Whether a flag has at most `max_constraints` constraints, whose values have at most `max_bytes` bytes together.
pub fn fits(state: &State, flag: &Flag, max_constraints: u32, max_bytes: u32) -> bool {
    let (mut constraints, mut bytes) = (0, 0);
    for source in sources(state, flag) {
        constraints += 1;
        bytes += state.texts.get(source.value).len();
        if constraints > max_constraints as usize || bytes > max_bytes as usize {
            return false;
        }
    }
    true
}

fn sources<'a>(state: &'a State, flag: &Flag) -> impl Iterator<Item = &'a Source> {
    let rules = flag.rules.of(&state.rules).iter().map(|rule| rule.condition);
    let rollouts = flag.rollouts.of(&state.rollouts).iter().filter_map(|rollout| rollout.segment);
    let conditions = rules.chain(rollouts.map(|segment| segment.condition));
    let segments = conditions.flat_map(|condition| condition.segments.of(&state.segments));
    segments.flat_map(|segment| segment.constraints.of(&state.sources))
}

/// Returns the description of a state, a JSON object.
pub fn state(state: &State) -> Vec<u8> {
    #[derive(Serialize)]
    struct Described<'a> {
        namespace: &'a str,
        digest: Option<&'a str>,
        flags: usize,
    }
    json(&Described { namespace: &state.namespace, digest: state.digest.as_deref(), flags: state.flags.len() })
}

/// Returns the keys of the flags that differ between two states, a JSON array.
pub fn changed(state: &State, previous: &State) -> Vec<u8> {
    json(&differing_keys(state, previous))
}

type Outcomes<'a> = (Vec<DescribedCondition<'a>>, Vec<Outcome<'a>>);

fn variant_outcomes<'a>(state: &'a State, flag: &Flag) -> Outcomes<'a> {
    let rules = flag.rules.of(&state.rules);
    let mut outcomes = Vec::new();
    for (condition, rule) in rules.iter().enumerate() {
        outcomes.push(Outcome { condition, value: None, variant_key: None, variant_attachment: None });
        for distribution in rule.distributions.of(&state.distributions) {
            if distribution.rollout > 0.0 {
                outcomes.push(Outcome {
                    condition,
                    value: None,
                    variant_key: Some(state.texts.get(distribution.variant_key)),
                    variant_attachment: state.texts.optional(distribution.attachment),
                });
            }
        }
    }
    (rules.iter().map(|rule| described(state, Some(rule.condition))).collect(), outcomes)
}

fn boolean_outcomes<'a>(state: &'a State, flag: &Flag) -> Outcomes<'a> {
    let rollouts = flag.rollouts.of(&state.rollouts);
    let conditions = rollouts.iter().map(|rollout| {
        let segment = rollout.segment.filter(|_| rollout.threshold.is_none());
        described(state, segment.map(|segment| segment.condition))
    });
    let outcomes = rollouts.iter().enumerate().map(|(condition, rollout)| {
        let threshold = rollout.threshold.map(|threshold| threshold.value);
        let segment = rollout.segment.map(|segment| segment.value);
        // A rollout with neither never applies, so its value is never read.
        let value = threshold.or(segment).unwrap_or_default();
        Outcome { condition, value: Some(value), variant_key: None, variant_attachment: None }
    });
    (conditions.collect(), outcomes.collect())
}

/// A threshold has no condition, hence no segments.
fn described(state: &State, condition: Option<Condition>) -> DescribedCondition<'_> {
    let segments = condition.map_or(&[][..], |condition| condition.segments.of(&state.segments));
    DescribedCondition {
        segment_keys: segments.iter().map(|segment| state.texts.get(segment.key)).collect(),
        open: condition.is_some_and(Condition::is_open),
    }
}

#[cfg(test)]
mod tests {
    use super::{changed, fits, flag, list, state};
    use crate::compile::compile_document;
    use crate::state::State;

    const FLAGS: &str = r#"[
        {"key":"v","name":"","type":"VARIANT_FLAG_TYPE","description":"d","enabled":true,
            "defaultVariant":{"id":"1","key":"k","attachment":"{}"},
            "rules":[{"segments":[{"key":"s","matchType":"ALL_SEGMENT_MATCH_TYPE","constraints":[
                    {"type":"STRING_CONSTRAINT_COMPARISON_TYPE","property":"plan","operator":"eq","value":"pro"},
                    {"type":"STRING_CONSTRAINT_COMPARISON_TYPE","property":"city","operator":"eq","value":"Ede"}]},
                {"key":"t","matchType":"ALL_SEGMENT_MATCH_TYPE","constraints":[
                    {"type":"odd","property":"unread","operator":"eq","value":""}]}],
            "segmentOperator":"OR_SEGMENT_OPERATOR","distributions":[{"variantKey":"a","rollout":50,"variantAttachment":"1"},
                {"variantKey":"none","rollout":0},{"variantKey":"b","rollout":50}]}]},
        {"key":"b","name":"","type":"BOOLEAN_FLAG_TYPE","enabled":false,"rollouts":[
            {"threshold":{"percentage":10,"value":true},"segment":{"value":false,"segments":[
                {"key":"idle","matchType":"ALL_SEGMENT_MATCH_TYPE","constraints":[
                    {"type":"STRING_CONSTRAINT_COMPARISON_TYPE","property":"idle","operator":"eq","value":"x"}]}]}},
            {"segment":{"value":true,"segmentOperator":"AND_SEGMENT_OPERATOR","segments":[
                {"key":"s","matchType":"ANY_SEGMENT_MATCH_TYPE","constraints":[
                    {"type":"STRING_CONSTRAINT_COMPARISON_TYPE","property":"plan","operator":"eq","value":"team"}]}]}},
            {}]}]"#;

    fn compiled(flags: &str, digest: &str) -> State {
        let document = format!(r#"{{"namespace":{{"key":"shop"}},"flags":{flags}{digest}}}"#);
        compile_document(&document, "shop").expect("a document")
    }

    fn text(json: Vec<u8>) -> String {
        String::from_utf8(json).expect("JSON is text")
    }

    #[test]
    fn a_state_is_described_by_its_namespace_digest_and_number_of_flags() {
        let described = text(state(&compiled(FLAGS, r#","digest":"abc""#)));
        assert_eq!(described, r#"{"namespace":"shop","digest":"abc","flags":2}"#);
        assert_eq!(text(state(&compiled("[]", ""))), r#"{"namespace":"shop","digest":null,"flags":0}"#);
    }

    #[test]
    fn flags_are_listed_with_what_users_see_of_them() {
        let expected = concat!(
            r#"[{"key":"v","enabled":true,"type":"VARIANT_FLAG_TYPE","description":"d","#,
            r#""defaultVariant":{"id":"1","key":"k","attachment":"{}"}},"#,
            r#"{"key":"b","enabled":false,"type":"BOOLEAN_FLAG_TYPE"}]"#
        );
        assert_eq!(text(list(&compiled(FLAGS, ""))), expected);
    }

    #[test]
    fn a_flag_is_described_by_all_that_it_can_come_to() {
        let state = compiled(FLAGS, "");
        let expected = [
            concat!(
                r#"{"type":"VARIANT_FLAG_TYPE","enabled":true,"constraints":3,"properties":["plan","city"],"#,
                r#""defaultVariant":{"id":"1","key":"k","attachment":"{}"},"#,
                r#""conditions":[{"segmentKeys":["s","t"],"open":true}],"#,
                r#""outcomes":[{"condition":0},{"condition":0,"variantKey":"a","variantAttachment":"1"},"#,
                r#"{"condition":0,"variantKey":"b"}]}"#
            ),
            concat!(
                r#"{"type":"BOOLEAN_FLAG_TYPE","enabled":false,"constraints":2,"properties":["plan"],"#,
                r#""conditions":[{"segmentKeys":[],"open":false},{"segmentKeys":["s"],"open":false},"#,
                r#"{"segmentKeys":[],"open":false}],"outcomes":[{"condition":0,"value":true},"#,
                r#"{"condition":1,"value":true},{"condition":2,"value":false}]}"#
            ),
        ];
        for (described, expected) in state.flags.iter().zip(expected) {
            assert_eq!(text(flag(&state, described)), expected);
        }
    }

    #[test]
    fn a_flag_fits_up_to_as_many_constraints_and_bytes_as_it_has() {
        let state = compiled(FLAGS, "");
        for (flag, constraints, bytes) in [(&state.flags[0], 3, 6), (&state.flags[1], 2, 5)] {
            assert!(fits(&state, flag, constraints, bytes));
            assert!(fits(&state, flag, u32::MAX, u32::MAX));
            assert!(!fits(&state, flag, constraints - 1, bytes));
            assert!(!fits(&state, flag, constraints, bytes - 1));
        }
    }

    #[test]
    fn flags_that_only_one_state_has_or_that_differ_are_changed() {
        let one = compiled(FLAGS, "");
        let flag = |key: &str, enabled: bool| format!(r#"{{"key":"{key}","name":"","enabled":{enabled}}}"#);
        let other = compiled(&format!("[{},{},{}]", flag("v", true), flag("w", true), flag("x", false)), "");
        assert_eq!(text(changed(&one, &other)), r#"["v","b","w","x"]"#);
        assert_eq!(text(changed(&other, &one)), r#"["v","w","x","b"]"#);
        assert_eq!(text(changed(&one, &compiled(FLAGS, r#","digest":"abc""#))), "[]");
        assert_eq!(text(changed(&one, &compiled("[]", ""))), r#"["v","b"]"#);
    }

    #[test]
    fn whatever_users_can_observe_of_a_flag_makes_it_another_one() {
        let one = compiled(FLAGS, "");
        let seen = [
            ("\"d\"", "\"e\"", "v"),
            ("\"enabled\":true", "\"enabled\":false", "v"),
            ("VARIANT_FLAG_TYPE", "BOOLEAN_FLAG_TYPE", "v"),
            (r#""id":"1""#, r#""id":"2""#, "v"),
            (r#""key":"k""#, r#""key":"l""#, "v"),
            ("\"{}\"", "\"[]\"", "v"),
            ("\"plan\"", "\"city\"", "v"),
            ("\"eq\"", "\"neq\"", "v"),
            ("\"Ede\"", "\"Epe\"", "v"),
            ("STRING_C", "NUMBER_C", "v"),
            ("ALL_SEGMENT_MATCH_TYPE", "ANY_SEGMENT_MATCH_TYPE", "v"),
            (r#""key":"t""#, r#""key":"u""#, "v"),
            ("OR_SEGMENT_OPERATOR", "AND_SEGMENT_OPERATOR", "v"),
            (r#""variantKey":"a""#, r#""variantKey":"c""#, "v"),
            (r#""rollout":50"#, r#""rollout":51"#, "v"),
            (r#""variantAttachment":"1""#, r#""variantAttachment":"2""#, "v"),
            (r#"{"variantKey":"none","rollout":0},"#, "", "v"),
            (r#""percentage":10"#, r#""percentage":11"#, "b"),
            (r#"10,"value":true"#, r#"10,"value":false"#, "b"),
            (r#""value":true,"segment"#, r#""value":false,"segment"#, "b"),
            ("\"AND_S", "\"OR_S", "b"),
            ("\"team\"", "\"pro\"", "b"),
            ("},\n            {}]}]", "}]}]", "b"),
        ];
        for (part, other, key) in seen {
            assert!(FLAGS.contains(part), "{part}");
            let other = FLAGS.replacen(part, other, 1);
            assert_eq!(text(changed(&one, &compiled(&other, ""))), format!("[{key:?}]"), "{part}");
        }
        let unseen = [
            (r#""name":"""#, r#""name":"n""#),
            (r#""key":"idle""#, r#""key":"busy""#),
            (r#""value":"x""#, r#""value":"y""#),
            ("{}]}]", r#"{"description":"d"}]}]"#),
        ];
        for (part, other) in unseen {
            assert!(FLAGS.contains(part), "{part}");
            assert_eq!(text(changed(&one, &compiled(&FLAGS.replacen(part, other, 1), ""))), "[]", "{part}");
        }
    }
}
