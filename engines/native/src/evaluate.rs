//! Evaluation: reads a state and a request, and writes nothing but which segments matched.

use crate::constraint::{Test, same};
use crate::distribution::{choose, is_within};
use crate::request::{InlineValues, LazyValues, Malformed, Values};
use crate::state::{Condition, Flag, Segment, State};
use crate::vocabulary::{FlagType, MatchType, SegmentOperator};

/// The index of the outcome when no rule or rollout decides.
pub const DEFAULT_OUTCOME: u32 = 0;

/// Evaluates a flag. Returns the index of the outcome in the flag's description. When the outcome's condition is open,
/// `matched`, which has [`State::matched_words`] words, has a bit per segment.
#[inline]
pub fn evaluate(state: &State, flag: &Flag, request: &[u8], matched: &mut [u64]) -> Result<u32, Malformed> {
    match flag.properties.len() + 1 {
        count @ ..=4 => Ok(outcome(state, flag, &InlineValues::<4>::new(request, count)?, matched)),
        count @ ..=16 => Ok(outcome(state, flag, &InlineValues::<16>::new(request, count)?, matched)),
        count => Ok(outcome(state, flag, &LazyValues::new(request, count)?, matched)),
    }
}

fn outcome(state: &State, flag: &Flag, values: &impl Values, matched: &mut [u64]) -> u32 {
    match flag.flag_type {
        FlagType::Variant => variant(state, flag, values, matched),
        FlagType::Boolean => boolean(state, flag, values, matched),
    }
}

fn variant(state: &State, flag: &Flag, values: &impl Values, matched: &mut [u64]) -> u32 {
    if !flag.enabled {
        return DEFAULT_OUTCOME;
    }
    for rule in flag.rules.of(&state.rules) {
        if !is_met(state, rule.condition, values, matched) {
            continue;
        }
        let bounds = rule.bounds.of(&state.bounds);
        if bounds.is_empty() {
            return rule.first_outcome;
        }
        let mut crc = crc32fast::Hasher::new_with_initial(flag.key_crc);
        crc.update(values.get(0));
        return rule.first_outcome + 1 + choose(bounds, crc.finalize()) as u32;
    }
    DEFAULT_OUTCOME
}

fn boolean(state: &State, flag: &Flag, values: &impl Values, matched: &mut [u64]) -> u32 {
    for (place, rollout) in flag.rollouts.of(&state.rollouts).iter().enumerate() {
        let applies = if let Some(threshold) = rollout.threshold {
            let mut crc = crc32fast::Hasher::new();
            crc.update(values.get(0));
            crc.update(state.texts.bytes(flag.key));
            is_within(threshold.percentage, crc.finalize())
        } else if let Some(segment) = rollout.segment {
            is_met(state, segment.condition, values, matched)
        } else {
            false
        };
        if applies {
            return DEFAULT_OUTCOME + 1 + place as u32;
        }
    }
    DEFAULT_OUTCOME
}

#[inline]
fn is_met(state: &State, condition: Condition, values: &impl Values, matched: &mut [u64]) -> bool {
    let segments = condition.segments.of(&state.segments);
    if condition.is_open() {
        return any_is_met(state, segments, values, matched);
    }
    // Without segments AND holds and OR does not.
    segments.iter().all(|segment| contains_entity(state, segment, values))
        && (!segments.is_empty() || condition.operator == SegmentOperator::And)
}

/// Looks at all segments, since all that match belong in the answer.
fn any_is_met(state: &State, segments: &[Segment], values: &impl Values, matched: &mut [u64]) -> bool {
    let mut any = false;
    for (bits, segments) in matched.iter_mut().zip(segments.chunks(64)) {
        *bits = 0;
        for (place, segment) in segments.iter().enumerate() {
            if contains_entity(state, segment, values) {
                *bits |= 1 << place;
                any = true;
            }
        }
    }
    any
}

#[inline]
fn contains_entity(state: &State, segment: &Segment, values: &impl Values) -> bool {
    let constraints = segment.constraints.of(&state.constraints);
    let any = segment.match_type == MatchType::Any;
    for constraint in constraints {
        let value = values.get(constraint.slot);
        let passes = match constraint.test {
            // By far the most frequent one, so it is inlined.
            Test::Equal(bound) => same(value, state.texts.bytes(bound)),
            Test::Unknown => return false,
            test => test.passes(value, state),
        };
        if passes == any {
            return any;
        }
    }
    !any || constraints.is_empty()
}
