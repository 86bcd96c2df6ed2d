//! Writes a state as a snapshot.

use super::VERSION;
use crate::json::{JsonConstraint, JsonThreshold, JsonVariant, finite, json};
use crate::state::{Condition, Flag, State};
use crate::vocabulary::ConstraintType;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// Returns the snapshot of a state, which is base64 text.
pub fn write(state: &State) -> Vec<u8> {
    STANDARD.encode(json(&WrittenSnapshot { version: VERSION, namespace: WrittenNamespace(state) })).into_bytes()
}

#[derive(Serialize)]
struct WrittenSnapshot<'a> {
    version: u32,
    namespace: WrittenNamespace<'a>,
}

struct WrittenNamespace<'a>(&'a State);

#[derive(Serialize)]
struct WrittenFlag<'a> {
    key: &'a str,
    enabled: bool,
    #[serde(rename = "type")]
    flag_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_variant: Option<JsonVariant<'a>>,
}

#[derive(Serialize)]
struct WrittenRule<'a> {
    id: String,
    flag_key: &'a str,
    segments: WrittenSegments<'a>,
    rank: usize,
    segment_operator: &'static str,
}

#[derive(Serialize)]
struct WrittenRollout<'a> {
    rollout_type: &'static str,
    rank: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    segment: Option<WrittenSegmentRollout<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<JsonThreshold>,
}

#[derive(Serialize)]
struct WrittenSegmentRollout<'a> {
    value: bool,
    segment_operator: &'static str,
    segments: WrittenSegments<'a>,
}

#[derive(Serialize)]
struct WrittenDistribution<'a> {
    rule_id: String,
    #[serde(serialize_with = "finite")]
    rollout: f32,
    variant_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant_attachment: Option<&'a str>,
}

struct WrittenSegments<'a> {
    state: &'a State,
    condition: Condition,
}

#[derive(Serialize)]
struct WrittenSegment<'a> {
    segment_key: &'a str,
    match_type: &'static str,
    constraints: Vec<JsonConstraint<'a>>,
}

fn rule_id(flag_key: &str, place: usize) -> String {
    format!("{flag_key}-{}", place + 1)
}

impl Serialize for WrittenNamespace<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let state = self.0;
        let mut members = serializer.serialize_map(Some(5))?;
        members.serialize_entry("key", &state.namespace)?;
        members.serialize_entry("flags", &Entries(|| state.flags.iter().map(|flag| flag_entry(state, flag))))?;
        members.serialize_entry("eval_rules", &Entries(|| state.flags.iter().map(|flag| rules_entry(state, flag))))?;
        members.serialize_entry(
            "eval_rollouts",
            &Entries(|| state.flags.iter().map(|flag| rollouts_entry(state, flag))),
        )?;
        members.serialize_entry(
            "eval_distributions",
            &Entries(|| state.flags.iter().flat_map(|flag| distribution_entries(state, flag))),
        )?;
        members.end()
    }
}

/// A JSON object of the entries that a function returns.
struct Entries<F>(F);

impl<K: Serialize, V: Serialize, I: Iterator<Item = (K, V)>, F: Fn() -> I> Serialize for Entries<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map((self.0)())
    }
}

fn flag_entry<'a>(state: &'a State, flag: &Flag) -> (&'a str, WrittenFlag<'a>) {
    let texts = &state.texts;
    let key = texts.get(flag.key);
    let written = WrittenFlag {
        key,
        enabled: flag.enabled,
        flag_type: flag.flag_type.word(),
        description: texts.optional(flag.description),
        default_variant: JsonVariant::of(texts, flag),
    };
    (key, written)
}

fn rules_entry<'a>(state: &'a State, flag: &Flag) -> (&'a str, Vec<WrittenRule<'a>>) {
    let key = state.texts.get(flag.key);
    let rules = flag.rules.of(&state.rules).iter().enumerate().map(|(place, rule)| WrittenRule {
        id: rule_id(key, place),
        flag_key: key,
        segments: WrittenSegments { state, condition: rule.condition },
        rank: place + 1,
        segment_operator: rule.condition.operator.word(),
    });
    (key, rules.collect())
}

fn rollouts_entry<'a>(state: &'a State, flag: &Flag) -> (&'a str, Vec<WrittenRollout<'a>>) {
    let rollouts = flag.rollouts.of(&state.rollouts).iter().enumerate().map(|(place, rollout)| WrittenRollout {
        rollout_type: match (rollout.threshold, rollout.segment) {
            (Some(_), _) => "THRESHOLD_ROLLOUT_TYPE",
            (None, Some(_)) => "SEGMENT_ROLLOUT_TYPE",
            (None, None) => "UNKNOWN_ROLLOUT_TYPE",
        },
        rank: place + 1,
        segment: rollout.segment.filter(|_| rollout.threshold.is_none()).map(|segment| WrittenSegmentRollout {
            value: segment.value,
            segment_operator: segment.condition.operator.word(),
            segments: WrittenSegments { state, condition: segment.condition },
        }),
        threshold: rollout.threshold.map(JsonThreshold::new),
    });
    (state.texts.get(flag.key), rollouts.collect())
}

fn distribution_entries<'a>(
    state: &'a State,
    flag: &'a Flag,
) -> impl Iterator<Item = (String, Vec<WrittenDistribution<'a>>)> {
    let key = state.texts.get(flag.key);
    flag.rules.of(&state.rules).iter().enumerate().map(move |(place, rule)| {
        let id = rule_id(key, place);
        let distributions =
            rule.distributions.of(&state.distributions).iter().map(|distribution| WrittenDistribution {
                rule_id: id.clone(),
                rollout: distribution.rollout,
                variant_key: state.texts.get(distribution.variant_key),
                variant_attachment: state.texts.optional(distribution.attachment),
            });
        let distributions = distributions.collect();
        (id, distributions)
    })
}

impl Serialize for WrittenSegments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let state = self.state;
        let texts = &state.texts;
        serializer.collect_map(self.condition.segments.of(&state.segments).iter().map(|segment| {
            let constraints = segment.constraints.of(&state.sources).iter().map(|source| {
                let mut constraint = JsonConstraint::new(texts, source);
                if ConstraintType::parse(constraint.constraint_type).is_none() {
                    constraint.constraint_type = "UNKNOWN_CONSTRAINT_COMPARISON_TYPE";
                }
                constraint
            });
            let written = WrittenSegment {
                segment_key: texts.get(segment.key),
                match_type: segment.match_type.word(),
                constraints: constraints.collect(),
            };
            (texts.get(segment.key), written)
        }))
    }
}
