//! What is known of the document that this thread reads, for the visitors that serde makes: it has no way to hand it to
//! them.

use crate::limits::Refusal;
use std::cell::Cell;

thread_local! {
    /// How many more members the maps of a snapshot may have.
    static MEMBERS_LEFT: Cell<usize> = const { Cell::new(0) };
}

/// A member of a snapshot's maps has at least this many bytes on average: a flag is in three maps, and has 60 bytes itself.
const MIN_MEMBER_BYTES: usize = 16;

/// Begins to read a snapshot of this many bytes.
pub fn begin(bytes: usize) {
    MEMBERS_LEFT.set(bytes / MIN_MEMBER_BYTES + 1);
}

/// Counts a member of a snapshot's map.
pub fn count_member() -> Result<(), Refusal> {
    MEMBERS_LEFT.set(MEMBERS_LEFT.get().checked_sub(1).ok_or(Refusal::TooLarge)?);
    Ok(())
}
