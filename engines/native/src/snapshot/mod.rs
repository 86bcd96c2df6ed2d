//! Snapshots, in the reference's form: base64 of a JSON object, so that a state that one engine saved starts any other.

mod read;
mod write;

pub use read::{decode, read};
pub use write::write;

/// The only version.
const VERSION: u32 = 1;
