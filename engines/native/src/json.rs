//! How values become JSON, and the parts that several forms of a flag have in common.

use crate::state::{Flag, Source, Threshold};
use crate::text::Texts;
use serde::{Serialize, Serializer};

/// Returns a value as JSON text.
pub fn json<T: Serialize>(value: &T) -> Vec<u8> {
    // Strings, numbers and lists cannot fail to be serialised into memory.
    serde_json::to_vec(value).unwrap_or_default()
}

/// Writes a number that can be infinite, which no JSON number is: one beyond the range of f32 is read as infinity again.
pub fn finite<S: Serializer>(value: &f32, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() {
        serializer.serialize_f32(*value)
    } else {
        serializer.serialize_f64(if *value > 0.0 { f64::from(f32::MAX) * 2.0 } else { f64::from(f32::MIN) * 2.0 })
    }
}

/// The default variant of a flag.
#[derive(Serialize)]
pub struct JsonVariant<'a> {
    id: &'a str,
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachment: Option<&'a str>,
}

impl<'a> JsonVariant<'a> {
    /// The JSON of the default variant of `flag`, if it has one.
    pub fn of(texts: &'a Texts, flag: &Flag) -> Option<JsonVariant<'a>> {
        flag.default_variant.as_ref().map(|variant| JsonVariant {
            id: texts.get(variant.id),
            key: texts.get(variant.key),
            attachment: texts.optional(variant.attachment),
        })
    }
}

/// The threshold of a rollout.
#[derive(Serialize)]
pub struct JsonThreshold {
    #[serde(serialize_with = "finite")]
    percentage: f32,
    value: bool,
}

impl JsonThreshold {
    /// The JSON of `threshold`.
    pub fn new(threshold: Threshold) -> JsonThreshold {
        JsonThreshold { percentage: threshold.percentage, value: threshold.value }
    }
}

/// A constraint.
#[derive(Serialize)]
pub struct JsonConstraint<'a> {
    /// As it was written, whether or not there is such a type.
    #[serde(rename = "type")]
    pub constraint_type: &'a str,
    property: &'a str,
    operator: &'a str,
    value: &'a str,
}

impl<'a> JsonConstraint<'a> {
    /// The JSON of `source`.
    pub fn new(texts: &'a Texts, source: &Source) -> JsonConstraint<'a> {
        JsonConstraint {
            constraint_type: texts.get(source.constraint_type),
            property: texts.get(source.property),
            operator: texts.get(source.operator),
            value: texts.get(source.value),
        }
    }
}
