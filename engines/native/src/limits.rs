//! What a document may ask for: how much one flag may have of everything, and how much memory a state may take. What
//! asks for more is refused while it is read, before the memory is taken. `engines/limits.ts` repeats the numbers of a
//! flag, and a test compares them.

use std::fmt;

/// The most rules of a flag.
pub const MAX_RULES: usize = 10_000;
/// The most rollouts of a flag.
pub const MAX_ROLLOUTS: usize = 10_000;
/// The most segments of a flag, all its rules and rollouts together.
pub const MAX_SEGMENTS: usize = 100_000;
/// The most constraints of a flag, all its segments together.
pub const MAX_CONSTRAINTS: usize = 100_000;
/// The most distributions of a flag, all its rules together.
pub const MAX_DISTRIBUTIONS: usize = 100_000;

/// A state takes at most this many times the bytes of its document. (An ordinary one takes about as many; one of flags with
/// nothing but a key and a name, three times as many.)
const MAX_GROWTH: usize = 4;
/// What a state may take in any case.
const SMALL_STATE_BYTES: usize = 1 << 20;

/// Returns how many bytes the state of a document may take.
pub fn max_state_bytes(document_bytes: usize) -> usize {
    document_bytes.saturating_mul(MAX_GROWTH).saturating_add(SMALL_STATE_BYTES)
}

/// Why a document is refused that is valid otherwise.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The strings together are longer than an offset can say.
    TextTooLong,
    /// A flag has more of something than this.
    TooMany(&'static str, usize),
    /// The state would take many times the memory of its document.
    TooLarge,
    /// Nobody waits for it any more.
    Stopped,
}

impl Refusal {
    /// Refuses `count` of something when there may only be `max`.
    pub fn beyond(count: usize, what: &'static str, max: usize) -> Result<(), Refusal> {
        if count > max { Err(Refusal::TooMany(what, max)) } else { Ok(()) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Refusal::TextTooLong => formatter.write_str("it has more than 4 GiB of text"),
            Refusal::TooMany(what, max) => write!(formatter, "a flag has more than {max} {what}"),
            Refusal::TooLarge => write!(formatter, "it expands to more than {MAX_GROWTH} times its size in memory"),
            Refusal::Stopped => formatter.write_str("nobody waits for it any more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_ROLLOUTS, MAX_RULES, Refusal, max_state_bytes};
    use crate::compile::compile_document;

    #[test]
    fn as_many_as_allowed_are_not_refused() {
        assert_eq!(Refusal::beyond(0, "rules", 3), Ok(()));
        assert_eq!(Refusal::beyond(3, "rules", 3), Ok(()));
        assert_eq!(Refusal::beyond(4, "rules", 3), Err(Refusal::TooMany("rules", 3)));
    }

    #[test]
    fn a_state_may_take_four_times_its_document_and_a_mebibyte() {
        assert_eq!([0, 1, 1000].map(max_state_bytes), [1_048_576, 1_048_580, 1_052_576]);
        assert_eq!(max_state_bytes(usize::MAX), usize::MAX);
    }

    #[test]
    fn a_refusal_says_why() {
        let said = [Refusal::TextTooLong, Refusal::TooMany("rules", 3), Refusal::TooLarge, Refusal::Stopped];
        assert_eq!(
            said.map(|refusal| refusal.to_string()),
            [
                "it has more than 4 GiB of text",
                "a flag has more than 3 rules",
                "it expands to more than 4 times its size in memory",
                "nobody waits for it any more"
            ]
        );
    }

    #[test]
    fn a_list_is_refused_as_soon_as_it_is_longer_than_a_flag_may_have_it() {
        let rule = r#"{"segmentOperator":"","distributions":[]}"#;
        for (name, element, most) in [("rules", rule, MAX_RULES), ("rollouts", "{}", MAX_ROLLOUTS)] {
            let compiled = |count: usize| {
                let list = vec![element; count].join(",");
                let flag = format!(r#"{{"key":"","name":"","enabled":true,"{name}":[{list}]}}"#);
                // Room in memory for all of them.
                let room = " ".repeat(1 << 20);
                let json = format!(r#"{{"namespace":{{"key":""}},"flags":[{flag}]{room}}}"#);
                compile_document(&json, "").map(|_| ()).map_err(|error| error.contains(&format!("than {most} {name}")))
            };
            assert_eq!((compiled(most), compiled(most + 1)), (Ok(()), Err(true)), "{name}");
        }
    }
}
