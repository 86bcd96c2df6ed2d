//! The compiled state: flat arrays that refer to each other by index. Built by `compile`, read by everything else.

use crate::constraint::Constraint;
use crate::hash::hash;
use crate::list::{Numbers, Strings};
use crate::text::{Text, Texts};
use crate::vocabulary::{FlagType, MatchType, SegmentOperator};
use hashbrown::HashTable;

/// A range of one of a state's arrays.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    start: u32,
    length: u32,
}

impl Span {
    /// The range from `start` up to `end`.
    pub fn new(start: usize, end: usize) -> Span {
        // `compile` refuses documents that have more elements than fit.
        Span { start: start as u32, length: (end - start) as u32 }
    }

    /// How many elements it has.
    #[inline]
    pub fn len(self) -> usize {
        self.length as usize
    }

    /// Returns its elements of `all`; none when it does not lie within.
    #[inline]
    pub fn of<T>(self, all: &[T]) -> &[T] {
        all.get(self.start as usize..self.start as usize + self.length as usize).unwrap_or(&[])
    }
}

/// The place of a flag in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlagIndex(pub u32);

impl From<u32> for FlagIndex {
    fn from(index: u32) -> FlagIndex {
        FlagIndex(index)
    }
}

impl From<FlagIndex> for u32 {
    fn from(FlagIndex(index): FlagIndex) -> u32 {
        index
    }
}

/// A flag of either type.
#[derive(Debug)]
pub struct Flag {
    pub key: Text,
    pub flag_type: FlagType,
    pub enabled: bool,
    pub description: Option<Text>,
    pub default_variant: Option<Variant>,
    /// In `rules`.
    pub rules: Span,
    /// In `rollouts`.
    pub rollouts: Span,
    /// In `properties`: what the constraints read, in the order of the request's slots from 1 on.
    pub properties: Span,
    /// CRC-32 of the key, which the entity's id continues to the bucket of a variant.
    pub key_crc: u32,
    /// What [`crate::content::content_hash`] returns.
    pub content_hash: u64,
}

/// A default variant.
#[derive(Debug)]
pub struct Variant {
    pub id: Text,
    pub key: Text,
    pub attachment: Option<Text>,
}

/// Segments and how they combine: the condition of a rule or of a segment rollout.
#[derive(Clone, Copy, Debug)]
pub struct Condition {
    pub operator: SegmentOperator,
    /// In `segments`.
    pub segments: Span,
}

impl Condition {
    /// Whether a match does not tell which segments matched.
    #[inline]
    pub fn is_open(self) -> bool {
        self.operator == SegmentOperator::Or && self.segments.len() > 1
    }
}

/// A rule of a variant flag.
#[derive(Debug)]
pub struct Rule {
    pub condition: Condition,
    /// In `distributions`, as the document has them.
    pub distributions: Span,
    /// In `bounds`: the sorted upper bounds of the distributions that have a share.
    pub bounds: Span,
    /// The index of the outcome when there are no bounds; that of the n-th distribution with a share is n more.
    pub first_outcome: u32,
}

/// A variant's share of a rule.
#[derive(Debug)]
pub struct Distribution {
    pub variant_key: Text,
    pub attachment: Option<Text>,
    pub rollout: f32,
}

/// A step of a boolean flag.
#[derive(Debug)]
pub struct Rollout {
    pub threshold: Option<Threshold>,
    pub segment: Option<SegmentRollout>,
}

/// A share of all entities.
#[derive(Clone, Copy, Debug)]
pub struct Threshold {
    pub percentage: f32,
    pub value: bool,
}

/// The entities of segments.
#[derive(Clone, Copy, Debug)]
pub struct SegmentRollout {
    pub condition: Condition,
    pub value: bool,
}

/// A set of entities.
#[derive(Debug)]
pub struct Segment {
    pub key: Text,
    pub match_type: MatchType,
    /// In `constraints` and, at the same indices, in `sources`.
    pub constraints: Span,
}

/// The texts of a constraint, for snapshots and definitions.
#[derive(Debug)]
pub struct Source {
    pub constraint_type: Text,
    pub property: Text,
    pub operator: Text,
    pub value: Text,
}

/// A compiled state; immutable.
#[derive(Debug, Default)]
pub struct State {
    pub texts: Texts,
    pub namespace: String,
    pub digest: Option<String>,
    pub flags: Box<[Flag]>,
    pub rules: Box<[Rule]>,
    pub rollouts: Box<[Rollout]>,
    pub distributions: Box<[Distribution]>,
    pub bounds: Box<[i32]>,
    pub segments: Box<[Segment]>,
    pub constraints: Box<[Constraint]>,
    pub sources: Box<[Source]>,
    pub properties: Box<[Text]>,
    pub strings: Box<[Strings]>,
    pub numbers: Box<[Numbers]>,
    /// The segments of the open condition that has the most.
    pub open_segments: usize,
    /// Flags by the hash of their key.
    pub index: HashTable<FlagIndex>,
    /// Whether a worker allocated it, and is to free it.
    pub is_from_worker: bool,
}

impl State {
    /// Returns the index of the flag with this key.
    pub fn find(&self, key: &[u8]) -> Option<FlagIndex> {
        let is_it = |&flag: &FlagIndex| self.flag(flag).is_some_and(|flag| self.texts.bytes(flag.key) == key);
        self.index.find(hash(key), is_it).copied()
    }

    /// Returns the flag at `index`.
    #[inline]
    pub fn flag(&self, FlagIndex(index): FlagIndex) -> Option<&Flag> {
        self.flags.get(index as usize)
    }

    /// How many words of 64 bits it takes to say which segments of an open condition matched.
    pub fn matched_words(&self) -> usize {
        self.open_segments.div_ceil(64)
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, FlagIndex, Span, State};
    use crate::vocabulary::SegmentOperator;

    #[test]
    fn only_a_condition_that_any_of_several_segments_meets_is_open() {
        let is_open = |operator, count: usize| Condition { operator, segments: Span::new(3, 3 + count) }.is_open();
        assert_eq!([0, 1, 2].map(|count| is_open(SegmentOperator::Or, count)), [false, false, true]);
        assert_eq!([0, 1, 2].map(|count| is_open(SegmentOperator::And, count)), [false; 3]);
    }

    #[test]
    fn a_word_tells_of_64_segments() {
        let words = |open_segments| State { open_segments, ..State::default() }.matched_words();
        assert_eq!([0, 1, 64, 65].map(words), [0, 1, 1, 2]);
    }

    #[test]
    fn the_index_of_a_flag_is_its_number() {
        assert_eq!(u32::from(FlagIndex::from(7)), 7);
    }
}
