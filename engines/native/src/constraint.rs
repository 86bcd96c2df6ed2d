//! Constraints: their compiled form, how they are compiled, and how they are decided.

use crate::limits::Refusal;
use crate::list::ListsBuilder;
use crate::state::State;
use crate::text::{Text, TextsBuilder};
use crate::vocabulary::{BooleanOperator, ConstraintType, DateTimeOperator, NumberOperator, StringOperator};
use chrono::DateTime;

/// A comparison of one value of the request.
#[derive(Clone, Copy, Debug)]
pub struct Constraint {
    /// The slot of the value in the request: 0 for the entity's id, n for the flag's n-th property.
    pub slot: u32,
    pub test: Test,
}

/// What is asked of the value.
#[derive(Clone, Copy, Debug)]
pub enum Test {
    /// The type of the constraint is unknown: its segment does not match, whatever the match type.
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

/// Compiles a constraint; without a type, it is of an unknown one. An unknown operator holds for no value.
pub fn compile(
    constraint_type: Option<ConstraintType>,
    operator: &str,
    value: Text,
    texts: &mut TextsBuilder,
    lists: &mut ListsBuilder,
) -> Result<Test, Refusal> {
    let test = match constraint_type {
        None => Some(Test::Unknown),
        Some(ConstraintType::String | ConstraintType::EntityId) => {
            StringOperator::parse(operator).map(|operator| string_test(operator, value, texts, lists))
        }
        Some(ConstraintType::Number) => {
            NumberOperator::parse(operator).map(|operator| number_test(operator, value, texts, lists))
        }
        Some(ConstraintType::Boolean) => {
            BooleanOperator::parse(operator).map(|operator| boolean_test(operator, texts)).transpose()?
        }
        Some(ConstraintType::DateTime) => {
            DateTimeOperator::parse(operator).map(|operator| time_test(operator, texts.get(value)))
        }
    };
    Ok(test.unwrap_or(Test::Never))
}

fn string_test(operator: StringOperator, bound: Text, texts: &TextsBuilder, lists: &mut ListsBuilder) -> Test {
    match operator {
        StringOperator::Empty => Test::Empty,
        StringOperator::NotEmpty => Test::NotEmpty,
        // An empty value fails every comparison, also this one.
        StringOperator::Equal if texts.get(bound).is_empty() => Test::Never,
        StringOperator::Equal => Test::Equal(bound),
        StringOperator::NotEqual => Test::NotEqual(bound),
        StringOperator::Prefix => Test::Prefix(bound),
        StringOperator::Suffix => Test::Suffix(bound),
        StringOperator::Contains => Test::Contains(bound),
        StringOperator::NotContains => Test::NotContains(bound),
        StringOperator::OneOf => lists.strings(bound, texts).map_or(Test::Never, Test::InStrings),
        // A value that is not empty is outside of what is no list.
        StringOperator::NotOneOf => lists.strings(bound, texts).map_or(Test::NotEmpty, Test::NotInStrings),
    }
}

fn number_test(operator: NumberOperator, bound: Text, texts: &TextsBuilder, lists: &mut ListsBuilder) -> Test {
    let comparison = match operator {
        NumberOperator::Present => return Test::NotEmpty,
        NumberOperator::NotPresent => return Test::Empty,
        NumberOperator::OneOf => return lists.numbers(bound, texts).map_or(Test::Never, Test::InNumbers),
        NumberOperator::NotOneOf => return lists.numbers(bound, texts).map_or(Test::Never, Test::NotInNumbers),
        NumberOperator::Equal => Comparison::Equal,
        NumberOperator::NotEqual => Comparison::NotEqual,
        NumberOperator::Less => Comparison::Less,
        NumberOperator::LessOrEqual => Comparison::LessOrEqual,
        NumberOperator::Greater => Comparison::Greater,
        NumberOperator::GreaterOrEqual => Comparison::GreaterOrEqual,
    };
    parse_number(texts.get(bound).as_bytes()).map_or(Test::Never, |bound| Test::Number(comparison, bound))
}

fn boolean_test(operator: BooleanOperator, texts: &mut TextsBuilder) -> Result<Test, Refusal> {
    Ok(match operator {
        BooleanOperator::Present => Test::NotEmpty,
        BooleanOperator::NotPresent => Test::Empty,
        // The only words that are booleans are those of the operators.
        BooleanOperator::True | BooleanOperator::False => Test::Equal(texts.add(operator.word())?),
    })
}

fn time_test(operator: DateTimeOperator, bound: &str) -> Test {
    let comparison = match operator {
        DateTimeOperator::Present => return Test::NotEmpty,
        DateTimeOperator::NotPresent => return Test::Empty,
        DateTimeOperator::Equal => Comparison::Equal,
        DateTimeOperator::NotEqual => Comparison::NotEqual,
        DateTimeOperator::Less => Comparison::Less,
        DateTimeOperator::LessOrEqual => Comparison::LessOrEqual,
        DateTimeOperator::Greater => Comparison::Greater,
        DateTimeOperator::GreaterOrEqual => Comparison::GreaterOrEqual,
    };
    parse_time(bound).map_or(Test::Never, |bound| Test::Time(comparison, bound))
}

impl Test {
    /// Whether `value` passes. [`Test::Unknown`] never does, and its segment handles it first.
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

/// `left == right`, inline for short strings, which most values are.
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
    state.strings.get(list as usize).is_some_and(|list| list.contains(value, state))
}

fn in_numbers(value: i32, list: u32, state: &State) -> bool {
    state.numbers.get(list as usize).is_some_and(|list| list.contains(value))
}

fn contains(value: &[u8], bound: &[u8]) -> bool {
    memchr::memmem::find(value, bound).is_some()
}

/// Parses a 32-bit signed decimal integer: an optional sign and digits, nothing else.
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
        // There may be any number of leading zeros, but no value beyond 32 bits.
        number = number * 10 + i64::from(digit);
        if number > i64::from(i32::MAX) + 1 {
            return None;
        }
    }
    i32::try_from(if negative { -number } else { number }).ok()
}

/// Parses an RFC 3339 time. Returns seconds since 1970.
fn parse_time(value: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(value).ok().map(|time| time.timestamp())
}

#[cfg(test)]
mod tests {
    use super::{parse_number, same};

    #[test]
    fn numbers_are_signed_32_bit_decimals() {
        let good: [(&str, i32); 8] = [
            ("0", 0),
            ("-0", 0),
            ("+7", 7),
            ("-90", -90),
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
