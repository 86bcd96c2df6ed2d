//! The document as a server sends it: what is read of it, nothing more. Members that no rule needs are skipped unread.

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::{Borrow, Cow};
use std::fmt;
use std::ops::Deref;

/// Text of the document: a part of it, or a copy where it is written with escapes. (A `Cow` inside an `Option` would
/// always be a copy.)
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub struct Str<'a>(Cow<'a, str>);

impl Deref for Str<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Str<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Cow<'de, str>;
            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("a string")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Reader).map(Str)
    }
}

/// The flag state of a namespace.
#[derive(Debug, Deserialize)]
pub struct Document<'a> {
    #[serde(borrow)]
    pub namespace: Namespace<'a>,
    #[serde(borrow)]
    pub flags: Vec<Flag<'a>>,
    #[serde(borrow, default, deserialize_with = "text_or_nothing")]
    pub digest: Option<Str<'a>>,
}

/// The reference does not read the digest: it may be anything, and counts when it is text.
fn text_or_nothing<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Str<'a>>, D::Error> {
    let raw = <&'de RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).ok())
}

/// Where the flags live.
#[derive(Debug, Deserialize)]
pub struct Namespace<'a> {
    #[serde(borrow)]
    pub key: Str<'a>,
    // Read for its type only, as the next ones that begin with an underscore.
    #[serde(borrow, default, rename = "name")]
    pub _name: Option<Str<'a>>,
}

/// A flag of either type.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Flag<'a> {
    #[serde(borrow)]
    pub key: Str<'a>,
    #[serde(borrow, rename = "name")]
    pub _name: Str<'a>,
    #[serde(borrow, default, rename = "type")]
    pub flag_type: Option<Str<'a>>,
    #[serde(borrow, default)]
    pub description: Option<Str<'a>>,
    pub enabled: bool,
    #[serde(borrow, default)]
    pub rules: Option<Vec<Rule<'a>>>,
    #[serde(borrow, default)]
    pub rollouts: Option<Vec<Rollout<'a>>>,
    #[serde(borrow, default)]
    pub default_variant: Option<Variant<'a>>,
}

/// The variant that a flag gives when no rule decides.
#[derive(Debug, Deserialize)]
pub struct Variant<'a> {
    #[serde(borrow)]
    pub id: Str<'a>,
    #[serde(borrow)]
    pub key: Str<'a>,
    #[serde(borrow, default)]
    pub attachment: Option<Str<'a>>,
}

/// A rule of a variant flag.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule<'a> {
    #[serde(borrow, default)]
    pub segments: Option<Vec<Segment<'a>>>,
    #[serde(borrow)]
    pub segment_operator: Str<'a>,
    #[serde(borrow)]
    pub distributions: Vec<Distribution<'a>>,
}

/// The share of a variant within a rule.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Distribution<'a> {
    #[serde(borrow)]
    pub variant_key: Str<'a>,
    pub rollout: f32,
    #[serde(borrow, default)]
    pub variant_attachment: Option<Str<'a>>,
}

/// A step of a boolean flag.
#[derive(Debug, Deserialize)]
pub struct Rollout<'a> {
    #[serde(borrow, default, rename = "description")]
    pub _description: Option<Str<'a>>,
    #[serde(default)]
    pub threshold: Option<Threshold>,
    #[serde(borrow, default)]
    pub segment: Option<SegmentRollout<'a>>,
}

/// A share of all entities.
#[derive(Debug, Deserialize)]
pub struct Threshold {
    pub percentage: f32,
    pub value: bool,
}

/// The entities of segments.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SegmentRollout<'a> {
    #[serde(borrow, default)]
    pub segment_operator: Option<Str<'a>>,
    pub value: bool,
    #[serde(borrow)]
    pub segments: Vec<Segment<'a>>,
}

/// A set of entities.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Segment<'a> {
    #[serde(borrow)]
    pub key: Str<'a>,
    #[serde(borrow)]
    pub match_type: Str<'a>,
    #[serde(borrow)]
    pub constraints: Vec<Constraint<'a>>,
}

/// A comparison of one property.
#[derive(Debug, Deserialize)]
pub struct Constraint<'a> {
    #[serde(borrow, rename = "type")]
    pub constraint_type: Str<'a>,
    #[serde(borrow)]
    pub property: Str<'a>,
    #[serde(borrow)]
    pub operator: Str<'a>,
    #[serde(borrow)]
    pub value: Str<'a>,
}
