//! Turns documents and snapshots into compiled states.

use crate::constraint::{self, Constraint, Kind, Lists, Test};
use crate::content;
use crate::distribution::bounds;
use crate::document as doc;
use crate::snapshot;
use crate::state::{
    Condition, Distribution, Flag, FlagIndex, FlagType, MatchType, Operator, Rollout, Rule, Segment, SegmentRollout,
    Source, Span, State, Threshold, Variant,
};
use crate::text::{Text, TextsBuilder, TooLong, hash};
use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use std::collections::HashMap as StdHashMap;

type HashMap<K, V> = StdHashMap<K, V, FxBuildHasher>;

/// The type of a flag that is not a variant flag.
const BOOLEAN_FLAG: &str = "BOOLEAN_FLAG_TYPE";
/// The operator that is not OR.
const AND: &str = "AND_SEGMENT_OPERATOR";
/// The match type that is not ANY.
const ALL: &str = "ALL_SEGMENT_MATCH_TYPE";

/// Compiles the JSON of a document for a client of `namespace`; why it is none, if it is none.
pub fn compile_document(json: &str, namespace: &str) -> Result<State, String> {
    let mut compiler = Compiler::default();
    let head = doc::read(json, &mut |flag| compiler.flag(flag))
        .map_err(|error| format!("the document is not valid: {error}"))?;
    // A document of another namespace holds no flag of this one.
    let compiler = if *head.namespace.key == *namespace { compiler } else { Compiler::default() };
    Ok(compiler.finish(namespace, head.digest.as_deref()))
}

/// Compiles the JSON of a snapshot for a client of `namespace`; why it is none, if it is none.
pub fn compile_snapshot(json: &str, namespace: &str) -> Result<State, String> {
    let mut compiler = Compiler::default();
    for flag in snapshot::read(json, namespace)? {
        compiler.flag(&flag).map_err(|error| format!("the snapshot is not valid: {error}"))?;
    }
    Ok(compiler.finish(namespace, None))
}

#[derive(Default)]
struct Compiler {
    texts: TextsBuilder,
    lists: Lists,
    /// In the order of the document; `None` where a later flag has the same key, which counts.
    flags: Vec<Option<Flag>>,
    /// Where in `flags` the flag of a key is.
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
}

/// The properties of one flag, each with its slot.
#[derive(Default)]
struct Slots {
    of: HashMap<Text, u32>,
    order: Vec<Text>,
}

impl Slots {
    /// Slot 0 is the entity's.
    fn slot(&mut self, property: Text) -> u32 {
        *self.of.entry(property).or_insert_with(|| {
            self.order.push(property);
            self.order.len() as u32
        })
    }
}

impl Compiler {
    fn flag(&mut self, flag: &doc::Flag) -> Result<(), TooLong> {
        let mut slots = Slots::default();
        let boolean = flag.flag_type.as_deref() == Some(BOOLEAN_FLAG);
        let rules = self.rules(flag.rules.as_deref().unwrap_or_default(), boolean, &mut slots)?;
        let rollouts = self.rollouts(flag.rollouts.as_deref().unwrap_or_default(), !boolean, &mut slots)?;
        let flag_type = if boolean { FlagType::Boolean } else { FlagType::Variant };
        let first_property = self.properties.len();
        self.properties.append(&mut slots.order);
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
            content: content::number(flag, flag_type),
        };
        if let Some(earlier) = self.places.insert(flag.key, self.flags.len()) {
            self.flags[earlier] = None;
        }
        self.flags.push(Some(flag));
        Ok(())
    }

    fn optional(&mut self, value: &Option<doc::Str>) -> Result<Option<Text>, TooLong> {
        value.as_ref().map(|value| self.texts.add(value)).transpose()
    }

    /// `idle` rules are those of a boolean flag: a snapshot repeats them, no evaluation reads them.
    fn rules(&mut self, rules: &[doc::Rule], idle: bool, slots: &mut Slots) -> Result<Span, TooLong> {
        let mut compiled = Vec::with_capacity(rules.len());
        let mut next_outcome = 1;
        for rule in rules {
            let operator = operator(Some(&rule.segment_operator));
            let condition = self.condition(operator, rule.segments.as_deref().unwrap_or_default(), idle, slots)?;
            let first_distribution = self.distributions.len();
            for distribution in &rule.distributions {
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

    fn rollouts(&mut self, rollouts: &[doc::Rollout], idle: bool, slots: &mut Slots) -> Result<Span, TooLong> {
        let first = self.rollouts.len();
        for rollout in rollouts {
            let segment = match &rollout.segment {
                None => None,
                Some(segment) => Some(SegmentRollout {
                    condition: self.condition(
                        operator(segment.segment_operator.as_deref()),
                        &segment.segments,
                        // A threshold beside it wins, so its segments are never looked at.
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
        operator: Operator,
        segments: &[doc::Segment],
        idle: bool,
        slots: &mut Slots,
    ) -> Result<Condition, TooLong> {
        let mut unique: Vec<&doc::Segment> = Vec::with_capacity(segments.len());
        let mut place_of: HashMap<&str, usize> = HashMap::default();
        for segment in segments {
            // Of segments with one key the last one counts, once.
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

    fn segment(&mut self, segment: &doc::Segment, idle: bool, slots: &mut Slots) -> Result<Segment, TooLong> {
        let first = self.constraints.len();
        for constraint in &segment.constraints {
            let source = Source {
                constraint_type: self.texts.add(&constraint.constraint_type)?,
                property: self.texts.add(&constraint.property)?,
                operator: self.texts.add(&constraint.operator)?,
                value: self.texts.add(&constraint.value)?,
            };
            let kind = Kind::parse(&constraint.constraint_type);
            let test =
                constraint::compile(kind, &constraint.operator, &constraint.value, &mut self.texts, &mut self.lists)?;
            let reads_property = !idle && kind != Kind::EntityId && !matches!(test, Test::Unknown | Test::Never);
            let slot = if reads_property { slots.slot(source.property) } else { 0 };
            self.sources.push(source);
            self.constraints.push(Constraint { slot, test });
        }
        Ok(Segment {
            key: self.texts.add(&segment.key)?,
            match_type: if *segment.match_type == *ALL { MatchType::All } else { MatchType::Any },
            constraints: Span::new(first, self.constraints.len()),
        })
    }

    fn finish(self, namespace: &str, digest: Option<&str>) -> State {
        let texts = self.texts.finish();
        let flags: Box<[Flag]> = self.flags.into_iter().flatten().collect();
        let mut index = HashTable::with_capacity(flags.len());
        for (place, flag) in flags.iter().enumerate() {
            let hash_of = |&FlagIndex(place): &FlagIndex| hash(texts.bytes(flags[place as usize].key));
            index.insert_unique(hash(texts.bytes(flag.key)), FlagIndex(place as u32), hash_of);
        }
        State {
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
            strings: self.lists.strings.into(),
            numbers: self.lists.numbers.into(),
            open_segments: self.open_segments,
            index,
        }
    }
}

fn operator(name: Option<&str>) -> Operator {
    if name == Some(AND) { Operator::And } else { Operator::Or }
}

#[cfg(test)]
mod tests {
    use super::{FlagIndex, compile_document};

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
}
