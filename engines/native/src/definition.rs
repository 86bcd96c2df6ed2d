//! The definition of a flag: what its evaluation depends on, as a document has it and in that order.

use crate::json::{JsonConstraint, JsonThreshold, JsonVariant, finite, json};
use crate::state::{Condition, Flag, Rollout, Rule, Segment, State};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DefinedFlag<'a> {
    key: &'a str,
    /// States do not keep it, and documents require it.
    name: &'a str,
    #[serde(rename = "type")]
    flag_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    enabled: bool,
    rules: Vec<DefinedRule<'a>>,
    rollouts: Vec<DefinedRollout<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_variant: Option<JsonVariant<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DefinedRule<'a> {
    segments: Vec<DefinedSegment<'a>>,
    segment_operator: &'static str,
    distributions: Vec<DefinedDistribution<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DefinedDistribution<'a> {
    variant_key: &'a str,
    #[serde(serialize_with = "finite")]
    rollout: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant_attachment: Option<&'a str>,
}

#[derive(Serialize)]
struct DefinedRollout<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<JsonThreshold>,
    #[serde(skip_serializing_if = "Option::is_none")]
    segment: Option<DefinedRolloutSegment<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DefinedRolloutSegment<'a> {
    segment_operator: &'static str,
    value: bool,
    segments: Vec<DefinedSegment<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DefinedSegment<'a> {
    key: &'a str,
    match_type: &'static str,
    constraints: Vec<JsonConstraint<'a>>,
}

/// Returns the definition of a flag, a JSON object.
pub fn write(state: &State, flag: &Flag) -> Vec<u8> {
    let texts = &state.texts;
    let key = texts.get(flag.key);
    json(&DefinedFlag {
        key,
        name: key,
        flag_type: flag.flag_type.word(),
        description: texts.optional(flag.description),
        enabled: flag.enabled,
        rules: flag.rules.of(&state.rules).iter().map(|rule| defined_rule(state, rule)).collect(),
        rollouts: flag.rollouts.of(&state.rollouts).iter().map(|rollout| defined_rollout(state, rollout)).collect(),
        default_variant: JsonVariant::of(texts, flag),
    })
}

fn defined_rule<'a>(state: &'a State, rule: &Rule) -> DefinedRule<'a> {
    let distributions = rule.distributions.of(&state.distributions).iter().map(|distribution| DefinedDistribution {
        variant_key: state.texts.get(distribution.variant_key),
        rollout: distribution.rollout,
        variant_attachment: state.texts.optional(distribution.attachment),
    });
    DefinedRule {
        segments: defined_segments(state, rule.condition),
        segment_operator: rule.condition.operator.word(),
        distributions: distributions.collect(),
    }
}

fn defined_rollout<'a>(state: &'a State, rollout: &Rollout) -> DefinedRollout<'a> {
    DefinedRollout {
        threshold: rollout.threshold.map(JsonThreshold::new),
        segment: rollout.segment.map(|segment| DefinedRolloutSegment {
            segment_operator: segment.condition.operator.word(),
            value: segment.value,
            segments: defined_segments(state, segment.condition),
        }),
    }
}

fn defined_segments<'a>(state: &'a State, condition: Condition) -> Vec<DefinedSegment<'a>> {
    condition.segments.of(&state.segments).iter().map(|segment| defined_segment(state, segment)).collect()
}

fn defined_segment<'a>(state: &'a State, segment: &Segment) -> DefinedSegment<'a> {
    let texts = &state.texts;
    let constraints = segment.constraints.of(&state.sources).iter().map(|source| JsonConstraint::new(texts, source));
    DefinedSegment {
        key: texts.get(segment.key),
        match_type: segment.match_type.word(),
        constraints: constraints.collect(),
    }
}
