//! The reference's own form of a flag state, written and read: base64 of a JSON object, so that a state saved by one
//! engine starts another.

mod read;
mod write;

pub use read::{decode, read};
pub use write::write;

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;
