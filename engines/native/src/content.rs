//! The content hash of a flag, by which two states are compared. It covers what users can observe: ids of rules, times and
//! names are left out, since a server makes them anew with every document.

use crate::document as doc;
use crate::hash::Keyed;
use crate::state::State;
use crate::vocabulary::FlagType;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hash, Hasher};

/// Returns the hash of `flag`: flags with the same hash evaluate alike and are listed alike, but for a collision that nobody can foresee.
pub fn content_hash(flag: &doc::Flag, flag_type: FlagType) -> u64 {
    let mut hasher = Keyed.build_hasher();
    (flag_type == FlagType::Boolean, flag.enabled, &flag.description).hash(&mut hasher);
    flag.default_variant.as_ref().map(|variant| (&variant.id, &variant.key, &variant.attachment)).hash(&mut hasher);
    match flag_type {
        FlagType::Variant => flag.rules.iter().flat_map(|rules| rules.iter()).for_each(|each| rule(each, &mut hasher)),
        FlagType::Boolean => {
            flag.rollouts.iter().flat_map(|rollouts| rollouts.iter()).for_each(|each| rollout(each, &mut hasher))
        }
    }
    hasher.finish()
}

fn rule(rule: &doc::Rule, hasher: &mut impl Hasher) {
    rule.segment_operator.hash(hasher);
    segments(rule.segments.as_deref().unwrap_or_default(), hasher);
    rule.distributions.len().hash(hasher);
    for each in rule.distributions.iter() {
        (&each.variant_key, each.rollout.to_bits(), &each.variant_attachment).hash(hasher);
    }
}

fn rollout(rollout: &doc::Rollout, hasher: &mut impl Hasher) {
    match (&rollout.threshold, &rollout.segment) {
        (Some(threshold), _) => (0, threshold.percentage.to_bits(), threshold.value).hash(hasher),
        (None, None) => 1.hash(hasher),
        (None, Some(segment)) => {
            (2, segment.value, &segment.segment_operator).hash(hasher);
            segments(&segment.segments, hasher);
        }
    }
}

/// Sorted by key, since a snapshot does not keep the order; of two with the same key the last one wins.
fn segments(segments: &[doc::Segment], hasher: &mut impl Hasher) {
    let by_key: BTreeMap<&str, &doc::Segment> = segments.iter().map(|segment| (&*segment.key, segment)).collect();
    by_key.len().hash(hasher);
    for (key, segment) in by_key {
        (key, &segment.match_type, segment.constraints.len()).hash(hasher);
        for each in segment.constraints.iter() {
            (&each.constraint_type, &each.property, &each.operator, &each.value).hash(hasher);
        }
    }
}

/// Returns the keys of the flags that only one of two states has, or that differ between them.
pub fn differing_keys<'a>(state: &'a State, previous: &'a State) -> Vec<&'a str> {
    let is_other = |one: &State, key: &str, content: Option<u64>| {
        let other = one.find(key.as_bytes()).and_then(|flag| one.flag(flag));
        other.is_none_or(|other| content.is_some_and(|content| content != other.content_hash))
    };
    let changed = state.flags.iter().map(|flag| (state.texts.get(flag.key), flag.content_hash));
    let changed = changed.filter(|&(key, content)| is_other(previous, key, Some(content))).map(|(key, _)| key);
    let removed = previous.flags.iter().map(|flag| previous.texts.get(flag.key));
    changed.chain(removed.filter(|key| is_other(state, key, None))).collect()
}
