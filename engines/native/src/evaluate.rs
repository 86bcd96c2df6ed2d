//! Evaluates a flag: reads the state and the request, writes nothing but which segments matched.

use crate::constraint::Test;
use crate::distribution::{choose, is_within};
use crate::slots::{Malformed, Slots};
use crate::state::{Condition, Flag, FlagType, MatchType, Operator, Segment, State};

/// The outcome when no rule or rollout decides.
pub const DEFAULT_OUTCOME: u32 = 0;

/// Which outcome of the flag's description a request has. Where the outcome's condition is open, `matched` then says
/// by a bit each which of its segments matched; it is as long as [`State::matched_words`] says.
pub fn evaluate(state: &State, flag: &Flag, request: &[u8], matched: &mut [u64]) -> Result<u32, Malformed> {
    let slots = Slots::new(request, flag.properties.len() + 1)?;
    match flag.flag_type {
        FlagType::Variant => variant(state, flag, slots, matched),
        FlagType::Boolean => boolean(state, flag, slots, matched),
    }
}

fn variant(state: &State, flag: &Flag, slots: Slots, matched: &mut [u64]) -> Result<u32, Malformed> {
    if !flag.enabled {
        return Ok(DEFAULT_OUTCOME);
    }
    for rule in flag.rules.of(&state.rules) {
        if !is_met(state, rule.condition, slots, matched)? {
            continue;
        }
        let bounds = rule.bounds.of(&state.bounds);
        if bounds.is_empty() {
            return Ok(rule.first_outcome);
        }
        let mut crc = crc32fast::Hasher::new_with_initial(flag.key_crc);
        crc.update(slots.get(0)?);
        return Ok(rule.first_outcome + 1 + choose(bounds, crc.finalize()) as u32);
    }
    Ok(DEFAULT_OUTCOME)
}

fn boolean(state: &State, flag: &Flag, slots: Slots, matched: &mut [u64]) -> Result<u32, Malformed> {
    for (place, rollout) in flag.rollouts.of(&state.rollouts).iter().enumerate() {
        let applies = if let Some(threshold) = rollout.threshold {
            let mut crc = crc32fast::Hasher::new();
            crc.update(slots.get(0)?);
            crc.update(state.texts.bytes(flag.key));
            is_within(threshold.percentage, crc.finalize())
        } else if let Some(segment) = rollout.segment {
            is_met(state, segment.condition, slots, matched)?
        } else {
            false
        };
        if applies {
            return Ok(DEFAULT_OUTCOME + 1 + place as u32);
        }
    }
    Ok(DEFAULT_OUTCOME)
}

fn is_met(state: &State, condition: Condition, slots: Slots, matched: &mut [u64]) -> Result<bool, Malformed> {
    let segments = condition.segments.of(&state.segments);
    if condition.is_open() {
        return any_is_met(state, segments, slots, matched);
    }
    for segment in segments {
        if !contains_entity(state, segment, slots)? {
            return Ok(false);
        }
    }
    // No segments at all: AND has nothing left to ask for, OR nothing that could match.
    Ok(!segments.is_empty() || condition.operator == Operator::And)
}

/// All segments are looked at, since all that match belong in the answer.
fn any_is_met(state: &State, segments: &[Segment], slots: Slots, matched: &mut [u64]) -> Result<bool, Malformed> {
    let mut any = false;
    for (bits, segments) in matched.iter_mut().zip(segments.chunks(64)) {
        *bits = 0;
        for (place, segment) in segments.iter().enumerate() {
            if contains_entity(state, segment, slots)? {
                *bits |= 1 << place;
                any = true;
            }
        }
    }
    Ok(any)
}

fn contains_entity(state: &State, segment: &Segment, slots: Slots) -> Result<bool, Malformed> {
    let constraints = segment.constraints.of(&state.constraints);
    let any = segment.match_type == MatchType::Any;
    for constraint in constraints {
        if let Test::Unknown = constraint.test {
            return Ok(false);
        }
        if constraint.test.passes(slots.get(constraint.slot)?, state) == any {
            return Ok(any);
        }
    }
    Ok(!any || constraints.is_empty())
}
