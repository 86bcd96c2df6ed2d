//! Reads a snapshot into the flags of a document, which then compile as those of a server do.

use super::VERSION;
use crate::document::{self as doc, Element, Limited, Str};
use crate::limits::{self, Refusal};
use crate::reading;
use crate::vocabulary::FlagType;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

/// The members of a JSON object in their order, which is that of the segments in answers.
#[derive(Debug)]
struct Members<'a, T>(Vec<(Str<'a>, T)>);

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Members<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<'a, T>(PhantomData<(&'a (), T)>);
        impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for Reader<'a, T> {
            type Value = Members<'a, T>;
            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    reading::count_member().map_err(A::Error::custom)?;
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader(PhantomData))
    }
}

#[derive(Deserialize)]
struct Snapshot<'a> {
    version: u32,
    #[serde(borrow)]
    namespace: Namespace<'a>,
}

#[derive(Deserialize)]
struct Namespace<'a> {
    #[serde(borrow)]
    key: Str<'a>,
    #[serde(borrow)]
    flags: Members<'a, Flag<'a>>,
    #[serde(borrow)]
    eval_rules: Members<'a, Limited<Rule<'a>>>,
    #[serde(borrow)]
    eval_rollouts: Members<'a, Limited<Rollout<'a>>>,
    #[serde(borrow)]
    eval_distributions: Members<'a, Limited<Distribution<'a>>>,
}

#[derive(Deserialize)]
struct Flag<'a> {
    #[serde(borrow)]
    key: Str<'a>,
    enabled: bool,
    #[serde(borrow, rename = "type")]
    flag_type: Str<'a>,
    #[serde(borrow, default)]
    description: Option<Str<'a>>,
    #[serde(borrow, default)]
    default_variant: Option<doc::Variant<'a>>,
}

#[derive(Deserialize)]
struct Rule<'a> {
    #[serde(borrow)]
    id: Str<'a>,
    // Only its type is checked, as with all names that begin with an underscore.
    #[serde(borrow, rename = "flag_key")]
    _flag_key: Str<'a>,
    rank: f64,
    #[serde(borrow)]
    segments: Members<'a, Segment<'a>>,
    #[serde(borrow)]
    segment_operator: Str<'a>,
}

impl Element for Rule<'_> {
    const PLURAL: &'static str = "rules";
    const MAX: usize = limits::MAX_RULES;
}

#[derive(Deserialize)]
struct Segment<'a> {
    #[serde(borrow, rename = "segment_key")]
    _segment_key: Str<'a>,
    #[serde(borrow)]
    match_type: Str<'a>,
    #[serde(borrow)]
    constraints: Limited<doc::Constraint<'a>>,
}

#[derive(Deserialize)]
struct Rollout<'a> {
    #[serde(borrow, rename = "rollout_type")]
    _rollout_type: Str<'a>,
    rank: f64,
    #[serde(borrow, default)]
    segment: Option<SegmentRollout<'a>>,
    #[serde(default)]
    threshold: Option<doc::Threshold>,
}

impl Element for Rollout<'_> {
    const PLURAL: &'static str = "rollouts";
    const MAX: usize = limits::MAX_ROLLOUTS;
}

#[derive(Deserialize)]
struct SegmentRollout<'a> {
    value: bool,
    #[serde(borrow)]
    segment_operator: Str<'a>,
    #[serde(borrow)]
    segments: Members<'a, Segment<'a>>,
}

#[derive(Deserialize)]
struct Distribution<'a> {
    #[serde(borrow, rename = "rule_id")]
    _rule_id: Str<'a>,
    rollout: f32,
    #[serde(borrow)]
    variant_key: Str<'a>,
    #[serde(borrow, default)]
    variant_attachment: Option<Str<'a>>,
}

impl Element for Distribution<'_> {
    const PLURAL: &'static str = "distributions";
    const MAX: usize = limits::MAX_DISTRIBUTIONS;
}

/// The base64 is decoded in pieces of this many characters, with a look at whether anybody still waits.
const PIECE_LENGTH: usize = 1 << 20;

/// Returns the JSON of a snapshot, which is base64 text.
pub fn decode(text: &[u8]) -> Result<Vec<u8>, String> {
    let text = text.trim_ascii();
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for (place, piece) in text.chunks(PIECE_LENGTH).enumerate() {
        reading::check().map_err(|error| error.to_string())?;
        // Padding ends the text, and no piece before.
        if bytes.len() != place * (PIECE_LENGTH / 4 * 3) {
            return Err("the snapshot is not base64 (padding in the middle of it)".to_owned());
        }
        STANDARD.decode_vec(piece, &mut bytes).map_err(|error| format!("the snapshot is not base64 ({error})"))?;
    }
    Ok(bytes)
}

/// Reads a snapshot. Each flag is passed to `flag`, as a document has it, and then dropped.
pub fn read<'a>(
    json: &'a str,
    namespace: &str,
    flag: &mut dyn FnMut(&doc::Flag<'a>) -> Result<(), Refusal>,
) -> Result<(), String> {
    reading::begin_snapshot(json.len());
    let snapshot: Snapshot =
        serde_json::from_str(json).map_err(|error| format!("the snapshot is not valid: {error}"))?;
    if snapshot.version != VERSION {
        return Err(format!("the snapshot has version {}, not {VERSION}", snapshot.version));
    }
    let Namespace { key, flags, eval_rules, eval_rollouts, eval_distributions } = snapshot.namespace;
    if *key != *namespace {
        return Err(format!("the snapshot is of namespace {:?}, not {namespace:?}", &*key));
    }
    let mut lists = Lists {
        rules: eval_rules.0.into_iter().collect(),
        rollouts: eval_rollouts.0.into_iter().collect(),
        distributions: eval_distributions.0.into_iter().collect(),
    };
    for (key, source) in flags.0 {
        flag(&lists.flag(key, source)?).map_err(|error| format!("the snapshot is not valid: {error}"))?;
    }
    Ok(())
}

/// What a snapshot has beside its flags, by flag key or by rule id.
struct Lists<'a> {
    rules: HashMap<Str<'a>, Limited<Rule<'a>>>,
    rollouts: HashMap<Str<'a>, Limited<Rollout<'a>>>,
    distributions: HashMap<Str<'a>, Limited<Distribution<'a>>>,
}

impl<'a> Lists<'a> {
    fn flag(&mut self, key: Str<'a>, flag: Flag<'a>) -> Result<doc::Flag<'a>, String> {
        if flag.key != key {
            return Err(format!("the snapshot is not valid: the flag {:?} has the key {:?}", &*key, &*flag.key));
        }
        let is_boolean = FlagType::parse(&flag.flag_type) == Some(FlagType::Boolean);
        let rules = list(&mut self.rules, "eval_rules", &key, !is_boolean)?;
        let rollouts = list(&mut self.rollouts, "eval_rollouts", &key, is_boolean)?;
        ascending(rules.iter().map(|rule| rule.rank), "eval_rules", &key)?;
        ascending(rollouts.iter().map(|rollout| rollout.rank), "eval_rollouts", &key)?;
        Ok(doc::Flag {
            key,
            _name: Str::default(),
            flag_type: Some(flag.flag_type),
            description: flag.description,
            enabled: flag.enabled,
            rules: Some(rules.into_iter().map(|rule| self.rule(rule)).collect::<Result<Vec<_>, _>>()?.into()),
            rollouts: Some(rollouts.into_iter().map(rollout).collect::<Vec<_>>().into()),
            default_variant: flag.default_variant,
        })
    }

    fn rule(&mut self, rule: Rule<'a>) -> Result<doc::Rule<'a>, String> {
        let distributions = list(&mut self.distributions, "eval_distributions", &rule.id, true)?;
        let distributions = distributions.into_iter().map(|distribution| doc::Distribution {
            variant_key: distribution.variant_key,
            rollout: distribution.rollout,
            variant_attachment: distribution.variant_attachment,
        });
        Ok(doc::Rule {
            segments: Some(segments(rule.segments)),
            segment_operator: rule.segment_operator,
            distributions: distributions.collect::<Vec<_>>().into(),
        })
    }
}

fn list<'a, T>(
    lists: &mut HashMap<Str<'a>, Limited<T>>,
    name: &str,
    key: &str,
    needed: bool,
) -> Result<Limited<T>, String> {
    match lists.remove(key) {
        None if needed => Err(format!("the snapshot is not valid: namespace.{name} has no {key:?}")),
        found => Ok(found.unwrap_or_default()),
    }
}

/// Fails at a rank that is lower than the one before, as the reference does.
fn ascending(ranks: impl Iterator<Item = f64>, name: &str, key: &str) -> Result<(), String> {
    let mut last = 0.0;
    for rank in ranks {
        if rank < last {
            return Err(format!("the snapshot is not valid: the ranks of namespace.{name}[{key:?}] do not ascend"));
        }
        last = rank;
    }
    Ok(())
}

fn rollout(rollout: Rollout) -> doc::Rollout {
    doc::Rollout {
        _description: None,
        threshold: rollout.threshold,
        segment: rollout.segment.map(|segment| doc::SegmentRollout {
            segment_operator: Some(segment.segment_operator),
            value: segment.value,
            segments: segments(segment.segments),
        }),
    }
}

/// The key of a segment is that of the member, as with the reference, whatever the segment itself says.
fn segments<'a>(segments: Members<'a, Segment<'a>>) -> Limited<doc::Segment<'a>> {
    let segment = |(key, segment): (Str<'a>, Segment<'a>)| doc::Segment {
        key,
        match_type: segment.match_type,
        constraints: segment.constraints,
    };
    segments.0.into_iter().map(segment).collect::<Vec<_>>().into()
}
