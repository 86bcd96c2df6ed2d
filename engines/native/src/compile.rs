//! Compiles documents and snapshots into states.

use crate::constraint::{self, Constraint, Test};
use crate::content::content_hash;
use crate::distribution::bounds;
use crate::document as doc;
use crate::hash::{Keyed, hash};
use crate::limits::{self, Refusal, max_state_bytes};
use crate::list::ListsBuilder;
use crate::reading;
use crate::snapshot;
use crate::state::{
    Condition, Distribution, Flag, FlagIndex, Rollout, Rule, Segment, SegmentRollout, Source, Span, State, Threshold,
    Variant,
};
use crate::text::{Text, TextsBuilder};
use crate::vocabulary::{ConstraintType, FlagType, MatchType, SegmentOperator};
use hashbrown::HashTable;
use std::collections::HashMap as StdHashMap;

type HashMap<K, V> = StdHashMap<K, V, Keyed>;

/// Compiles the JSON of a document for a client of `namespace`. Fails with the reason for users.
pub fn compile_document(json: &str, namespace: &str) -> Result<State, String> {
    let mut compiler = Compiler::for_document(json.len());
    let head = doc::read(json, &mut |flag| compiler.flag(flag))
        .map_err(|error| format!("the document is not valid: {error}"))?;
    // A document of another namespace holds no flag of this one.
    let compiler = if *head.namespace.key == *namespace { compiler } else { Compiler::default() };
    compiler.finish(namespace, head.digest.as_deref()).map_err(|error| format!("the document is not valid: {error}"))
}

/// Compiles the JSON of a snapshot for a client of `namespace`. Fails with the reason for users.
pub fn compile_snapshot(json: &str, namespace: &str) -> Result<State, String> {
    let mut compiler = Compiler::for_document(json.len());
    snapshot::read(json, namespace, &mut |flag| compiler.flag(flag))?;
    compiler.finish(namespace, None).map_err(|error| format!("the snapshot is not valid: {error}"))
}

#[derive(Default)]
struct Compiler {
    texts: TextsBuilder,
    lists: ListsBuilder,
    /// In the order of the document; `None` where a later flag has the same key and wins.
    flags: Vec<Option<Flag>>,
    /// The place of each key in `flags`.
    places: HashMap<Text, usize>,
    rules: Vec<Rule>,
    rollouts: Vec<Rollout>,
    distributions: Vec<Distribution>,
    bounds: Vec<i32>,
    segments: Vec<Segment>,
    constraints: Vec<Constraint>,
    sources: Vec<Source>,
    properties: Vec<Text>,
    open_segments: usize,
    max_bytes: usize,
}

/// The slots of one flag's requests: slot 0 is the entity id, the others are the properties that the flag reads.
#[derive(Default)]
struct Slots {
    by_property: HashMap<Text, u32>,
    properties: Vec<Text>,
}

impl Slots {
    /// Returns the slot of a property.
    fn slot(&mut self, property: Text) -> u32 {
        *self.by_property.entry(property).or_insert_with(|| {
            self.properties.push(property);
            self.properties.len() as u32
        })
    }
}

impl Compiler {
    /// A compiler of a document that has this many bytes.
    fn for_document(bytes: usize) -> Compiler {
        Compiler { max_bytes: max_state_bytes(bytes), ..Compiler::default() }
    }

    /// How many bytes the state takes so far.
    fn bytes(&self) -> usize {
        fn of<T>(all: &[T]) -> usize {
            size_of_val(all)
        }
        let lists = self.texts.len() + self.lists.bytes();
        let steps = of(&self.rules) + of(&self.rollouts) + of(&self.distributions) + of(&self.bounds);
        let conditions = of(&self.segments) + of(&self.constraints) + of(&self.sources) + of(&self.properties);
        of(&self.flags) + lists + steps + conditions
    }

    fn flag(&mut self, flag: &doc::Flag) -> Result<(), Refusal> {
        reading::check()?;
        check_counts(flag)?;
        let mut slots = Slots::default();
        let flag_type = flag.flag_type.as_deref().and_then(FlagType::parse).unwrap_or(FlagType::Variant);
        let is_boolean = flag_type == FlagType::Boolean;
        let rules = self.rules(flag.rules.as_deref().unwrap_or_default(), is_boolean, &mut slots)?;
        let rollouts = self.rollouts(flag.rollouts.as_deref().unwrap_or_default(), !is_boolean, &mut slots)?;
        let first_property = self.properties.len();
        self.properties.append(&mut slots.properties);
        let flag = Flag {
            key: self.texts.add(&flag.key)?,
            flag_type,
            enabled: flag.enabled,
            description: self.optional(&flag.description)?,
            default_variant: match &flag.default_variant {
                None => None,
                Some(variant) => Some(Variant {
                    id: self.texts.add(&variant.id)?,
                    key: self.texts.add(&variant.key)?,
                    attachment: self.optional(&variant.attachment)?,
                }),
            },
            rules,
            rollouts,
            properties: Span::new(first_property, self.properties.len()),
            key_crc: crc32fast::hash(flag.key.as_bytes()),
            content_hash: content_hash(flag, flag_type),
        };
        if let Some(earlier) = self.places.insert(flag.key, self.flags.len()) {
            self.flags[earlier] = None;
        }
        self.flags.push(Some(flag));
        // What one flag adds is limited by the counts, and by the document's bytes.
        if self.bytes() > self.max_bytes { Err(Refusal::TooLarge) } else { Ok(()) }
    }

    fn optional(&mut self, value: &Option<doc::Str>) -> Result<Option<Text>, Refusal> {
        value.as_ref().map(|value| self.texts.add(value)).transpose()
    }

    /// `idle` rules are those of a boolean flag: they are kept for snapshots, and no evaluation reads them.
    fn rules(&mut self, rules: &[doc::Rule], idle: bool, slots: &mut Slots) -> Result<Span, Refusal> {
        let mut compiled = Vec::with_capacity(rules.len());
        let mut next_outcome = 1;
        for rule in rules {
            let operator = Some(&*rule.segment_operator);
            let condition = self.condition(operator, rule.segments.as_deref().unwrap_or_default(), idle, slots)?;
            let first_distribution = self.distributions.len();
            for distribution in rule.distributions.iter() {
                let distribution = Distribution {
                    variant_key: self.texts.add(&distribution.variant_key)?,
                    attachment: self.optional(&distribution.variant_attachment)?,
                    rollout: distribution.rollout,
                };
                self.distributions.push(distribution);
            }
            let shares: Vec<f32> =
                rule.distributions.iter().map(|each| each.rollout).filter(|rollout| *rollout > 0.0).collect();
            let first_bound = self.bounds.len();
            self.bounds.append(&mut bounds(&shares));
            compiled.push(Rule {
                condition,
                distributions: Span::new(first_distribution, self.distributions.len()),
                bounds: Span::new(first_bound, self.bounds.len()),
                first_outcome: next_outcome,
            });
            next_outcome += 1 + shares.len() as u32;
        }
        let first = self.rules.len();
        self.rules.append(&mut compiled);
        Ok(Span::new(first, self.rules.len()))
    }

    fn rollouts(&mut self, rollouts: &[doc::Rollout], idle: bool, slots: &mut Slots) -> Result<Span, Refusal> {
        let first = self.rollouts.len();
        for rollout in rollouts {
            let segment = match &rollout.segment {
                None => None,
                Some(segment) => Some(SegmentRollout {
                    condition: self.condition(
                        segment.segment_operator.as_deref(),
                        &segment.segments,
                        // A threshold beside it wins, so its segments are never read.
                        idle || rollout.threshold.is_some(),
                        slots,
                    )?,
                    value: segment.value,
                }),
            };
            let threshold = rollout
                .threshold
                .as_ref()
                .map(|threshold| Threshold { percentage: threshold.percentage, value: threshold.value });
            self.rollouts.push(Rollout { threshold, segment });
        }
        Ok(Span::new(first, self.rollouts.len()))
    }

    fn condition(
        &mut self,
        operator: Option<&str>,
        segments: &[doc::Segment],
        idle: bool,
        slots: &mut Slots,
    ) -> Result<Condition, Refusal> {
        let operator = operator.and_then(SegmentOperator::parse).unwrap_or(SegmentOperator::Or);
        let mut unique: Vec<&doc::Segment> = Vec::with_capacity(segments.len());
        let mut place_of: HashMap<&str, usize> = HashMap::default();
        for segment in segments {
            // Segments with the same key count once; the last one wins.
            match place_of.get(&*segment.key) {
                Some(&place) => unique[place] = segment,
                None => {
                    place_of.insert(&segment.key, unique.len());
                    unique.push(segment);
                }
            }
        }
        let mut compiled = Vec::with_capacity(unique.len());
        for segment in unique {
            compiled.push(self.segment(segment, idle, slots)?);
        }
        let first = self.segments.len();
        self.segments.append(&mut compiled);
        let condition = Condition { operator, segments: Span::new(first, self.segments.len()) };
        if condition.is_open() {
            self.open_segments = self.open_segments.max(condition.segments.len());
        }
        Ok(condition)
    }

    fn segment(&mut self, segment: &doc::Segment, idle: bool, slots: &mut Slots) -> Result<Segment, Refusal> {
        let first = self.constraints.len();
        for constraint in segment.constraints.iter() {
            let source = Source {
                constraint_type: self.texts.add(&constraint.constraint_type)?,
                property: self.texts.add(&constraint.property)?,
                operator: self.texts.add(&constraint.operator)?,
                value: self.texts.add(&constraint.value)?,
            };
            let constraint_type = ConstraintType::parse(&constraint.constraint_type);
            let operator = &constraint.operator;
            let test = constraint::compile(constraint_type, operator, source.value, &mut self.texts, &mut self.lists)?;
            let is_read = !idle && !matches!(test, Test::Unknown | Test::Never);
            let is_property = constraint_type != Some(ConstraintType::EntityId);
            let slot = if is_read && is_property { slots.slot(source.property) } else { 0 };
            self.sources.push(source);
            self.constraints.push(Constraint { slot, test });
        }
        Ok(Segment {
            key: self.texts.add(&segment.key)?,
            match_type: MatchType::parse(&segment.match_type).unwrap_or(MatchType::Any),
            constraints: Span::new(first, self.constraints.len()),
        })
    }

    fn finish(self, namespace: &str, digest: Option<&str>) -> Result<State, Refusal> {
        let texts = self.texts.finish();
        let (strings, numbers) = self.lists.finish();
        let flags: Box<[Flag]> = self.flags.into_iter().flatten().collect();
        let mut index = HashTable::with_capacity(flags.len());
        for (place, flag) in flags.iter().enumerate() {
            reading::check_at(place)?;
            let hash_of = |&FlagIndex(place): &FlagIndex| hash(texts.bytes(flags[place as usize].key));
            index.insert_unique(hash(texts.bytes(flag.key)), FlagIndex(place as u32), hash_of);
        }
        Ok(State {
            texts,
            namespace: namespace.to_owned(),
            digest: digest.map(str::to_owned),
            flags,
            rules: self.rules.into(),
            rollouts: self.rollouts.into(),
            distributions: self.distributions.into(),
            bounds: self.bounds.into(),
            segments: self.segments.into(),
            constraints: self.constraints.into(),
            sources: self.sources.into(),
            properties: self.properties.into(),
            strings,
            numbers,
            open_segments: self.open_segments,
            index,
            is_from_worker: false,
        })
    }
}

/// Refuses a flag that has too much of something in all its lists together.
fn check_counts(flag: &doc::Flag) -> Result<(), Refusal> {
    let (mut segments, mut constraints, mut distributions) = (0, 0, 0);
    let mut count = |list: &[doc::Segment]| {
        segments += list.len();
        constraints += list.iter().map(|segment| segment.constraints.len()).sum::<usize>();
    };
    for rule in flag.rules.iter().flat_map(|rules| rules.iter()) {
        count(rule.segments.as_deref().unwrap_or_default());
        distributions += rule.distributions.len();
    }
    for segment in flag.rollouts.iter().flat_map(|rollouts| rollouts.iter()).filter_map(|each| each.segment.as_ref()) {
        count(&segment.segments);
    }
    Refusal::beyond(segments, "segments", limits::MAX_SEGMENTS)?;
    Refusal::beyond(constraints, "constraints", limits::MAX_CONSTRAINTS)?;
    Refusal::beyond(distributions, "distributions", limits::MAX_DISTRIBUTIONS)
}

#[cfg(test)]
mod tests {
    use super::{Compiler, FlagIndex, check_counts, compile_document, doc};
    use crate::limits::{self, Refusal};

    fn compiled(namespace: &str) -> Vec<(String, bool)> {
        let flag = |key: &str, enabled: bool| format!(r#"{{"key":"{key}","name":"","enabled":{enabled}}}"#);
        let flags = [flag("a", true), flag("b", true), flag("a", false), flag("c", true), flag("a", true)].join(",");
        let state = compile_document(&format!(r#"{{"flags":[{flags}],"namespace":{{"key":"shop"}}}}"#), namespace);
        let state = state.expect("a document");
        for (place, flag) in state.flags.iter().enumerate() {
            assert_eq!(state.find(state.texts.bytes(flag.key)), Some(FlagIndex(place as u32)));
        }
        state.flags.iter().map(|flag| (state.texts.get(flag.key).to_owned(), flag.enabled)).collect()
    }

    #[test]
    fn of_flags_with_one_key_the_last_one_counts_in_its_own_place() {
        assert_eq!(compiled("shop"), [("b".to_owned(), true), ("c".to_owned(), true), ("a".to_owned(), true)]);
    }

    #[test]
    fn a_document_of_another_namespace_has_no_flags_wherever_it_says_so() {
        assert_eq!(compiled("other"), []);
    }

    /// A flag that has something of everything.
    const FULL: &str = r#"{"key":"k","name":"","enabled":true,"description":"d",
        "rules":[{"segments":[{"key":"s","matchType":"ALL_SEGMENT_MATCH_TYPE","constraints":[
            {"type":"STRING_CONSTRAINT_COMPARISON_TYPE","property":"p","operator":"isoneof","value":"[\"a\",\"b\"]"},
            {"type":"NUMBER_CONSTRAINT_COMPARISON_TYPE","property":"q","operator":"isoneof","value":"[1,2,3]"}]}],
        "segmentOperator":"OR_SEGMENT_OPERATOR","distributions":[{"variantKey":"a","rollout":50},
            {"variantKey":"b","rollout":50},{"variantKey":"c","rollout":0}]}],
        "rollouts":[{"threshold":{"percentage":10,"value":true}}]}"#;

    #[test]
    fn what_a_state_takes_is_counted_and_no_more_than_allowed() {
        let flag: doc::Flag = serde_json::from_str(FULL).expect("a flag");
        let mut compiler = Compiler::for_document(FULL.len());
        assert_eq!(compiler.flag(&flag), Ok(()));
        let (counted, texts, lists) = (compiler.bytes(), compiler.texts.len(), compiler.lists.bytes());
        assert!(texts > 0 && lists > 0);
        let state = compiler.finish("shop", None).expect("a state");
        let arrays = [
            size_of_val(&*state.flags),
            size_of_val(&*state.rules),
            size_of_val(&*state.rollouts),
            size_of_val(&*state.distributions),
            size_of_val(&*state.bounds),
            size_of_val(&*state.segments),
            size_of_val(&*state.constraints),
            size_of_val(&*state.sources),
            size_of_val(&*state.properties),
        ];
        assert!(!arrays.contains(&0), "{arrays:?}");
        assert_eq!(counted, arrays.iter().sum::<usize>() + texts + lists);
        // Without the spare room that vectors have while they grow.
        assert!(counted <= Compiler::for_document(FULL.len()).max_bytes);
        for (max_bytes, expected) in
            [(counted, Ok(())), (counted - 1, Err(Refusal::TooLarge)), (0, Err(Refusal::TooLarge))]
        {
            let mut compiler = Compiler { max_bytes, ..Compiler::default() };
            assert_eq!(compiler.flag(&flag), expected, "{max_bytes} of {counted} bytes");
        }
    }

    #[test]
    fn a_flag_has_as_many_of_everything_as_allowed_in_all_its_lists_together() {
        let list = |count: usize, element: &str| vec![element; count].join(",");
        let segment = |constraints: usize| {
            let constraint = r#"{"type":"","property":"","operator":"","value":""}"#;
            format!(r#"{{"key":"","matchType":"","constraints":[{}]}}"#, list(constraints, constraint))
        };
        let rule = |segments: &str, distributions: usize| {
            let distributions = list(distributions, r#"{"variantKey":"","rollout":1}"#);
            format!(r#"{{"segmentOperator":"","segments":[{segments}],"distributions":[{distributions}]}}"#)
        };
        let checked = |rules: &[String], rollout: &str| {
            let rollout = format!(r#"{{"segment":{{"value":true,"segments":[{rollout}]}}}},{{}}"#);
            let rules = rules.join(",");
            let flag = format!(r#"{{"key":"","name":"","enabled":true,"rules":[{rules}],"rollouts":[{rollout}]}}"#);
            check_counts(&serde_json::from_str(&flag).expect("a flag"))
        };
        let (most, few) = (limits::MAX_SEGMENTS, segment(0));
        let segments = |count: usize| list(count, &few);
        assert_eq!(checked(&[rule(&segments(most - 3), 0), rule(&segments(2), 0)], &few), Ok(()));
        let refused = Err(Refusal::TooMany("segments", most));
        assert_eq!(checked(&[rule(&segments(most - 3), 0), rule(&segments(3), 0)], &few), refused);
        let most = limits::MAX_CONSTRAINTS;
        let refused = Err(Refusal::TooMany("constraints", most));
        assert_eq!(checked(&[rule(&segment(most - 3), 0), rule(&segment(2), 0)], &segment(1)), Ok(()));
        assert_eq!(checked(&[rule(&segment(most - 3), 0), rule(&segment(2), 0)], &segment(2)), refused);
        let most = limits::MAX_DISTRIBUTIONS;
        let refused = Err(Refusal::TooMany("distributions", most));
        assert_eq!(checked(&[rule("", most - 1), rule("", 1)], ""), Ok(()));
        assert_eq!(checked(&[rule("", most - 1), rule("", 2)], ""), refused);
    }
}
