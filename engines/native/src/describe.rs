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
