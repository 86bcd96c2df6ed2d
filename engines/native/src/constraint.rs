//! One comparison: its compiled form, how it comes out of a document's words, and how it is decided.

use crate::state::State;
use crate::text::{Text, TextsBuilder, TooLong, hash};
use chrono::DateTime;
use hashbrown::HashTable;

/// A comparison of one value of the request.
#[derive(Clone, Copy, Debug)]
pub struct Constraint {
    /// Where the value stands in the request: 0 is the entity's id, n the flag's n-th property.
    pub slot: u32,
    pub test: Test,
}

/// What is asked of the value.
#[derive(Clone, Copy, Debug)]
pub enum Test {
    /// The constraint's type is unknown: the segment does not match, whatever its match type.
    Unknown,
    Never,
    Empty,
    NotEmpty,
    /// The bound is not empty.
    Equal(Text),
    NotEqual(Text),
    Prefix(Text),
    Suffix(Text),
    Contains(Text),
    NotContains(Text),
    /// The value is in the n-th list of strings.
    InStrings(u32),
    NotInStrings(u32),
    Number(Comparison, i32),
    /// The value is a number in the n-th list of numbers.
    InNumbers(u32),
    NotInNumbers(u32),
    Time(Comparison, i64),
}

/// How two ordered values compare.
#[derive(Clone, Copy, Debug)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn parse(operator: &str) -> Option<Comparison> {
        Some(match operator {
            "eq" => Comparison::Equal,
            "neq" => Comparison::NotEqual,
            "lt" => Comparison::Less,
            "lte" => Comparison::LessOrEqual,
            "gt" => Comparison::Greater,
            "gte" => Comparison::GreaterOrEqual,
            _ => return None,
        })
    }

    #[inline]
    fn holds<T: Ord>(self, value: T, bound: T) -> bool {
        match self {
            Comparison::Equal => value == bound,
            Comparison::NotEqual => value != bound,
            Comparison::Less => value < bound,
            Comparison::LessOrEqual => value <= bound,
            Comparison::Greater => value > bound,
            Comparison::GreaterOrEqual => value >= bound,
        }
    }
}

/// A set of strings.
#[derive(Debug)]
pub struct Strings(HashTable<Text>);

/// A set of integers.
#[derive(Debug)]
pub struct Numbers(HashTable<i32>);

#[inline]
fn number_hash(number: i32) -> u64 {
    hash(&number.to_ne_bytes())
}

/// The lists of a state while it is compiled; equal lists are kept once.
#[derive(Default)]
pub struct Lists {
    pub strings: Vec<Strings>,
    pub numbers: Vec<Numbers>,
    known: HashTable<Known>,
}

struct Known {
    kind: ListKind,
    value: Text,
    place: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ListKind {
    Strings,
    Numbers,
}

impl Lists {
    /// The place of the list that `value` spells; `None` when it spells none.
    fn place(&mut self, kind: ListKind, value: Text, texts: &TextsBuilder) -> Option<u32> {
        let text_hash = |text: Text| hash(texts.get(text).as_bytes());
        let is_it = |known: &Known| known.kind == kind && known.value == value;
        if let Some(known) = self.known.find(text_hash(value), is_it) {
            return known.place;
        }
        let place = match kind {
            ListKind::Strings => strings(value, texts).map(|list| push(&mut self.strings, list)),
            ListKind::Numbers => numbers(texts.get(value)).map(|list| push(&mut self.numbers, list)),
        };
        let known = Known { kind, value, place };
        self.known.insert_unique(text_hash(value), known, |known| text_hash(known.value));
        place
    }
}

fn push<T>(all: &mut Vec<T>, one: T) -> u32 {
    all.push(one);
    (all.len() - 1) as u32
}

/// The strings of a list stand inside the text that spells it: the reference takes no list with an escape in it, so
/// every string is a part of that text.
fn strings(value: Text, texts: &TextsBuilder) -> Option<Strings> {
    let spelled = texts.get(value);
    let parts: Vec<&str> = serde_json::from_str(spelled).ok()?;
    let mut set = HashTable::with_capacity(parts.len());
    for part in parts {
        let text = texts.part(value, part.as_ptr() as usize - spelled.as_ptr() as usize, part.len());
        let text_hash = hash(part.as_bytes());
        if set.find(text_hash, |&other| texts.get(other) == part).is_none() {
            set.insert_unique(text_hash, text, |&text| hash(texts.get(text).as_bytes()));
        }
    }
    Some(Strings(set))
}

fn numbers(spelled: &str) -> Option<Numbers> {
    let parts: Vec<i32> = serde_json::from_str(spelled).ok()?;
    let mut set = HashTable::with_capacity(parts.len());
    for number in parts {
        if set.find(number_hash(number), |&other| other == number).is_none() {
            set.insert_unique(number_hash(number), number, |&number| number_hash(number));
        }
    }
    Some(Numbers(set))
}

/// What a constraint's value is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    String,
    Number,
    Boolean,
    DateTime,
    EntityId,
    Unknown,
}

impl Kind {
    /// The kind that a document names.
    pub fn parse(name: &str) -> Kind {
        match name {
            "STRING_CONSTRAINT_COMPARISON_TYPE" => Kind::String,
            "NUMBER_CONSTRAINT_COMPARISON_TYPE" => Kind::Number,
            "BOOLEAN_CONSTRAINT_COMPARISON_TYPE" => Kind::Boolean,
            "DATETIME_CONSTRAINT_COMPARISON_TYPE" => Kind::DateTime,
            "ENTITY_ID_CONSTRAINT_COMPARISON_TYPE" => Kind::EntityId,
            _ => Kind::Unknown,
        }
    }
}

/// Compiles the words of a constraint.
pub fn compile(
    kind: Kind,
    operator: &str,
    value: &str,
    texts: &mut TextsBuilder,
    lists: &mut Lists,
) -> Result<Test, TooLong> {
    Ok(match (kind, operator) {
        (Kind::Unknown, _) => Test::Unknown,
        (Kind::String | Kind::EntityId, "empty") => Test::Empty,
        (Kind::String | Kind::EntityId, "notempty") => Test::NotEmpty,
        (Kind::Number | Kind::Boolean | Kind::DateTime, "present") => Test::NotEmpty,
        (Kind::Number | Kind::Boolean | Kind::DateTime, "notpresent") => Test::Empty,
        (Kind::String | Kind::EntityId, _) => string_test(operator, texts.add(value)?, texts, lists),
        (Kind::Number, "isoneof" | "isnotoneof") => {
            let list = texts.add(value)?;
            match (lists.place(ListKind::Numbers, list, texts), operator) {
                (None, _) => Test::Never,
                (Some(place), "isoneof") => Test::InNumbers(place),
                (Some(place), _) => Test::NotInNumbers(place),
            }
        }
        (Kind::Number, _) => match (Comparison::parse(operator), parse_number(value.as_bytes())) {
            (Some(comparison), Some(bound)) => Test::Number(comparison, bound),
            _ => Test::Never,
        },
        (Kind::Boolean, "true" | "false") => Test::Equal(texts.add(operator)?),
        (Kind::Boolean, _) => Test::Never,
        (Kind::DateTime, _) => match (Comparison::parse(operator), parse_time(value)) {
            (Some(comparison), Some(bound)) => Test::Time(comparison, bound),
            _ => Test::Never,
        },
    })
}

fn string_test(operator: &str, bound: Text, texts: &TextsBuilder, lists: &mut Lists) -> Test {
    match operator {
        // An empty value fails every comparison, also this one.
        "eq" if texts.get(bound).is_empty() => Test::Never,
        "eq" => Test::Equal(bound),
        "neq" => Test::NotEqual(bound),
        "prefix" => Test::Prefix(bound),
        "suffix" => Test::Suffix(bound),
        "contains" => Test::Contains(bound),
        "notcontains" => Test::NotContains(bound),
        "isoneof" => lists.place(ListKind::Strings, bound, texts).map_or(Test::Never, Test::InStrings),
        // No list: nothing is in it, so every value that is not empty is outside.
        "isnotoneof" => lists.place(ListKind::Strings, bound, texts).map_or(Test::NotEmpty, Test::NotInStrings),
        _ => Test::Never,
    }
}

impl Test {
    /// Whether `value` passes. [`Test::Unknown`] never does; the segment looks at it first.
    pub fn passes(self, value: &[u8], state: &State) -> bool {
        let texts = &state.texts;
        match self {
            Test::Unknown | Test::Never => false,
            Test::Empty => value.is_empty(),
            Test::NotEmpty => !value.is_empty(),
            // An equal value is not empty, since the bound is not.
            Test::Equal(bound) => same(value, texts.bytes(bound)),
            // An empty value fails every other comparison, also with an empty bound.
            _ if value.is_empty() => false,
            Test::NotEqual(bound) => !same(value, texts.bytes(bound)),
            Test::Prefix(bound) => value.starts_with(texts.bytes(bound)),
            Test::Suffix(bound) => value.ends_with(texts.bytes(bound)),
            Test::Contains(bound) => contains(value, texts.bytes(bound)),
            Test::NotContains(bound) => !contains(value, texts.bytes(bound)),
            Test::InStrings(list) => in_strings(value, list, state),
            Test::NotInStrings(list) => !in_strings(value, list, state),
            Test::Number(comparison, bound) => parse_number(value).is_some_and(|value| comparison.holds(value, bound)),
            Test::InNumbers(list) => parse_number(value).is_some_and(|value| in_numbers(value, list, state)),
            Test::NotInNumbers(list) => parse_number(value).is_some_and(|value| !in_numbers(value, list, state)),
            Test::Time(comparison, bound) => {
                std::str::from_utf8(value).ok().and_then(parse_time).is_some_and(|value| comparison.holds(value, bound))
            }
        }
    }
}

/// `left == right`, without a call for the short strings that most values are.
#[inline]
pub fn same(left: &[u8], right: &[u8]) -> bool {
    let length = left.len();
    if length != right.len() {
        return false;
    }
    match length {
        0..4 => left.iter().zip(right).all(|(left, right)| left == right),
        4..8 => left.first_chunk::<4>() == right.first_chunk() && left.last_chunk::<4>() == right.last_chunk(),
        8..=16 => left.first_chunk::<8>() == right.first_chunk() && left.last_chunk::<8>() == right.last_chunk(),
        _ => left == right,
    }
}

fn in_strings(value: &[u8], list: u32, state: &State) -> bool {
    let is_it = |&text: &Text| state.texts.bytes(text) == value;
    state.strings.get(list as usize).is_some_and(|Strings(set)| set.find(hash(value), is_it).is_some())
}

fn in_numbers(value: i32, list: u32, state: &State) -> bool {
    let is_it = |&number: &i32| number == value;
    state.numbers.get(list as usize).is_some_and(|Numbers(set)| set.find(number_hash(value), is_it).is_some())
}

fn contains(value: &[u8], bound: &[u8]) -> bool {
    memchr::memmem::find(value, bound).is_some()
}

/// A 32-bit signed decimal integer: an optional sign and digits, nothing else.
#[inline]
fn parse_number(value: &[u8]) -> Option<i32> {
    let (negative, digits) = match value {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() {
        return None;
    }
    let mut number: i64 = 0;
    for &digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        // Leading zeros may go on for ever; past 32 bits nothing comes back.
        number = number * 10 + i64::from(digit);
        if number > i64::from(i32::MAX) + 1 {
            return None;
        }
    }
    i32::try_from(if negative { -number } else { number }).ok()
}

/// An RFC 3339 time in seconds since 1970.
fn parse_time(value: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(value).ok().map(|time| time.timestamp())
}

#[cfg(test)]
mod tests {
    use super::{parse_number, same};

    #[test]
    fn numbers_are_signed_32_bit_decimals() {
        let good: [(&str, i32); 7] = [
            ("0", 0),
            ("-0", 0),
            ("+7", 7),
            ("007", 7),
            ("2147483647", i32::MAX),
            ("-2147483648", i32::MIN),
            ("00000000000000000000000000000000000001", 1),
        ];
        for (text, number) in good {
            assert_eq!(parse_number(text.as_bytes()), Some(number), "{text}");
        }
        for text in ["", "+", "-", "--5", "1 ", " 1", "1.0", "1e3", "2147483648", "-2147483649", "٣", "0x1"] {
            assert_eq!(parse_number(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn strings_of_every_length_are_compared_whole() {
        for length in 0..40 {
            let left: Vec<u8> = (0..length).collect();
            assert!(same(&left, &left.clone()));
            for place in 0..left.len() {
                let mut right = left.clone();
                right[place] ^= 1;
                assert!(!same(&left, &right), "{length} bytes, differing at {place}");
            }
            assert!(!same(&left, &[&left[..], b"x"].concat()));
        }
    }
}
