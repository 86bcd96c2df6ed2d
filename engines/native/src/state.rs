//! The compiled state: flat arrays that point into each other by number. Built by `compile`, read by everything else.

use crate::constraint::Constraint;
use crate::list::{Numbers, Strings};
use crate::text::{Text, Texts, hash};
use crate::vocabulary::{FlagType, MatchType, SegmentOperator};
use hashbrown::HashTable;

/// A range of one of the arrays.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    start: u32,
    length: u32,
}

impl Span {
    /// The elements from `start` up to `end`.
    pub fn new(start: usize, end: usize) -> Span {
        // `compile` refuses documents that have more elements than fit.
        Span { start: start as u32, length: (end - start) as u32 }
    }

    /// How many elements.
    #[inline]
    pub fn len(self) -> usize {
        self.length as usize
    }

    /// The elements of `all`.
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
    /// Of `rules`.
    pub rules: Span,
    /// Of `rollouts`.
    pub rollouts: Span,
    /// Of `properties`: what the constraints compare, in the order of the slots of a request (slot 0 is the entity).
    pub properties: Span,
    /// CRC-32 of the flag key, from which a variant's bucket goes on.
    pub key_crc: u32,
    /// What `content` says of it.
    pub content: u64,
}

/// A variant with all that a snapshot says of it.
#[derive(Debug)]
pub struct Variant {
    pub id: Text,
    pub key: Text,
    pub attachment: Option<Text>,
}

/// Segments and how they come together: the condition of a rule and of a segment rollout.
#[derive(Clone, Copy, Debug)]
pub struct Condition {
    pub operator: SegmentOperator,
    /// Of `segments`.
    pub segments: Span,
}

impl Condition {
    /// Whether a match leaves open which segments it was.
    #[inline]
    pub fn is_open(self) -> bool {
        self.operator == SegmentOperator::Or && self.segments.len() > 1
    }
}

/// A rule of a variant flag.
#[derive(Debug)]
pub struct Rule {
    pub condition: Condition,
    /// Of `distributions`, as the document has them.
    pub distributions: Span,
    /// Of `bounds`: the sorted upper bounds of the distributions that have a share.
    pub bounds: Span,
    /// The outcome when there are no bounds; the n-th distribution with a share is this plus n.
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
    /// Of `constraints` and, in step, of `sources`.
    pub constraints: Span,
}

/// The words of a constraint, which a snapshot repeats.
#[derive(Debug)]
pub struct Source {
    pub constraint_type: Text,
    pub property: Text,
    pub operator: Text,
    pub value: Text,
}

/// A compiled state. Nothing in it ever changes.
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
    /// The largest number of segments that an open condition has.
    pub open_segments: usize,
    /// Flags by the hash of their key.
    pub index: HashTable<FlagIndex>,
}

impl State {
    /// The index of the flag with this key.
    pub fn find(&self, key: &[u8]) -> Option<FlagIndex> {
        let is_it = |&flag: &FlagIndex| self.flag(flag).is_some_and(|flag| self.texts.bytes(flag.key) == key);
        self.index.find(hash(key), is_it).copied()
    }

    /// The flag at `index`.
    #[inline]
    pub fn flag(&self, FlagIndex(index): FlagIndex) -> Option<&Flag> {
        self.flags.get(index as usize)
    }

    /// How many words of 64 bits say which segments of an open condition matched.
    pub fn matched_words(&self) -> usize {
        self.open_segments.div_ceil(64)
    }
}
