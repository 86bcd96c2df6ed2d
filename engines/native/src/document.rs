//! The document as a server sends it, with the members that are read. All others are skipped.

use crate::limits::{self, Refusal};
use crate::reading;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::{Borrow, Cow};
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

/// A string of the document: borrowed, or a copy when it has escapes. (serde would always copy a `Cow` in an `Option`.)
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

/// Something that a flag has a limited number of.
pub trait Element {
    /// What several of them are called.
    const PLURAL: &'static str;
    /// How many of them a flag has at most.
    const MAX: usize;
}

/// A list that is refused as soon as it is longer than a flag may have it: an element takes up to thirty times as much
/// memory as its JSON.
#[derive(Debug)]
pub struct Limited<T>(Vec<T>);

impl<T> Deref for Limited<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> Default for Limited<T> {
    fn default() -> Limited<T> {
        Limited(Vec::new())
    }
}

impl<T> From<Vec<T>> for Limited<T> {
    fn from(all: Vec<T>) -> Limited<T> {
        Limited(all)
    }
}

impl<T> IntoIterator for Limited<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'de, T: Element + Deserialize<'de>> Deserialize<'de> for Limited<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Element + Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Vec<T>;
            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                reading::check().map_err(A::Error::custom)?;
                let mut all = Vec::new();
                while let Some(element) = list.next_element()? {
                    Refusal::beyond(all.len() + 1, T::PLURAL, T::MAX).map_err(A::Error::custom)?;
                    all.push(element);
                    reading::check_at(all.len()).map_err(A::Error::custom)?;
                }
                Ok(all)
            }
        }
        deserializer.deserialize_seq(Reader(PhantomData)).map(Limited)
    }
}

/// What a document has beside its flags.
pub struct Head<'a> {
    pub namespace: Namespace<'a>,
    pub digest: Option<Str<'a>>,
}

/// Reads a document. Each flag is passed to `flag` as soon as it is read, and then dropped.
pub fn read<'a>(
    json: &'a str,
    flag: &mut dyn FnMut(&Flag<'a>) -> Result<(), Refusal>,
) -> Result<Head<'a>, serde_json::Error> {
    // Editors of Windows put a byte order mark in front.
    let json = json.strip_prefix('\u{feff}').unwrap_or(json);
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let head = deserializer.deserialize_map(Reader(flag))?;
    deserializer.end()?;
    Ok(head)
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Member {
    Namespace,
    Flags,
    Digest,
    #[serde(other)]
    Other,
}

struct Reader<'f, 'a>(&'f mut dyn FnMut(&Flag<'a>) -> Result<(), Refusal>);

impl<'de> Visitor<'de> for Reader<'_, 'de> {
    type Value = Head<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Head<'de>, A::Error> {
        let mut namespace = None;
        let mut flags = None;
        let mut digest = None;
        while let Some(member) = map.next_key()? {
            match member {
                Member::Namespace => once(&mut namespace, "namespace", map.next_value()?)?,
                Member::Flags => once(&mut flags, "flags", map.next_value_seed(FlagsReader(&mut *self.0))?)?,
                Member::Digest => once(&mut digest, "digest", string_or_none(map.next_value()?))?,
                Member::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        flags.ok_or_else(|| A::Error::missing_field("flags"))?;
        let namespace = namespace.ok_or_else(|| A::Error::missing_field("namespace"))?;
        Ok(Head { namespace, digest: digest.flatten() })
    }
}

fn once<T, E: Error>(member: &mut Option<T>, name: &'static str, value: T) -> Result<(), E> {
    if member.replace(value).is_some() { Err(E::duplicate_field(name)) } else { Ok(()) }
}

/// Returns the digest when it is a string. The reference does not read it, so it may be anything.
fn string_or_none(raw: &RawValue) -> Option<Str<'_>> {
    serde_json::from_str(raw.get()).ok()
}

struct FlagsReader<'f, 'a>(&'f mut dyn FnMut(&Flag<'a>) -> Result<(), Refusal>);

impl<'de> DeserializeSeed<'de> for FlagsReader<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for FlagsReader<'_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut flags: A) -> Result<(), A::Error> {
        while let Some(flag) = flags.next_element()? {
            (self.0)(&flag).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

/// Where the flags live.
#[derive(Debug, Deserialize)]
pub struct Namespace<'a> {
    #[serde(borrow)]
    pub key: Str<'a>,
    // Only its type is checked, as with all names that begin with an underscore.
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
    pub rules: Option<Limited<Rule<'a>>>,
    #[serde(borrow, default)]
    pub rollouts: Option<Limited<Rollout<'a>>>,
    #[serde(borrow, default)]
    pub default_variant: Option<Variant<'a>>,
}

/// The variant when no rule decides.
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
    pub segments: Option<Limited<Segment<'a>>>,
    #[serde(borrow)]
    pub segment_operator: Str<'a>,
    #[serde(borrow)]
    pub distributions: Limited<Distribution<'a>>,
}

impl Element for Rule<'_> {
    const PLURAL: &'static str = "rules";
    const MAX: usize = limits::MAX_RULES;
}

/// A variant's share of a rule.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Distribution<'a> {
    #[serde(borrow)]
    pub variant_key: Str<'a>,
    pub rollout: f32,
    #[serde(borrow, default)]
    pub variant_attachment: Option<Str<'a>>,
}

impl Element for Distribution<'_> {
    const PLURAL: &'static str = "distributions";
    const MAX: usize = limits::MAX_DISTRIBUTIONS;
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

impl Element for Rollout<'_> {
    const PLURAL: &'static str = "rollouts";
    const MAX: usize = limits::MAX_ROLLOUTS;
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
    pub segments: Limited<Segment<'a>>,
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
    pub constraints: Limited<Constraint<'a>>,
}

impl Element for Segment<'_> {
    const PLURAL: &'static str = "segments";
    const MAX: usize = limits::MAX_SEGMENTS;
}

/// A comparison of one value.
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

impl Element for Constraint<'_> {
    const PLURAL: &'static str = "constraints";
    const MAX: usize = limits::MAX_CONSTRAINTS;
}

#[cfg(test)]
mod tests {
    use super::read;

    fn keys(json: &str) -> Result<(String, Option<String>, Vec<String>), String> {
        let mut keys = Vec::new();
        let head = read(json, &mut |flag| {
            keys.push(flag.key.to_string());
            Ok(())
        })
        .map_err(|error| error.to_string())?;
        Ok((head.namespace.key.to_string(), head.digest.map(|digest| digest.to_string()), keys))
    }

    const FLAGS: &str = r#""flags":[{"key":"a","name":"","enabled":true},{"key":"\u0062","name":"","enabled":true}]"#;

    #[test]
    fn the_members_of_a_document_come_in_any_order() {
        let namespace = r#""namespace":{"key":"shop"}"#;
        let expected = |digest: Option<&str>| {
            Ok(("shop".to_owned(), digest.map(str::to_owned), vec!["a".to_owned(), "b".to_owned()]))
        };
        assert_eq!(keys(&format!("{{{namespace},{FLAGS}}}")), expected(None));
        assert_eq!(keys(&format!(r#"{{"x":[{{}}],{FLAGS},"digest":"d",{namespace}}}"#)), expected(Some("d")));
        assert_eq!(keys(&format!(r#"{{"digest":[1],{FLAGS},{namespace}}}"#)), expected(None));
    }

    #[test]
    fn a_document_has_each_member_once_and_nothing_behind_it() {
        let wrong = [
            (format!("{{{FLAGS}}}"), "missing field `namespace`"),
            (r#"{"namespace":{"key":""}}"#.to_owned(), "missing field `flags`"),
            (format!(r#"{{{FLAGS},"namespace":{{"key":""}},{FLAGS}}}"#), "duplicate field `flags`"),
            (format!(r#"{{{FLAGS},"namespace":{{"key":""}}}}{{}}"#), "trailing characters"),
            (r#"{"flags":null}"#.to_owned(), "expected a list"),
            (r#"{"namespace":{"key":5}}"#.to_owned(), "expected a string"),
            (r#"{"flags":[{"rules":5}]}"#.to_owned(), "expected a list"),
            ("[]".to_owned(), "expected an object"),
        ];
        for (json, why) in wrong {
            let error = keys(&json).expect_err(&json);
            assert!(error.contains(why), "{json}: {error}");
        }
    }
}
