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
