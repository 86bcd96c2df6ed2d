//! The numbers that a call answers with when it has no result. Handles, indices and lengths stay below [`FIRST`].

/// Every code at or above this is one of the constants here.
pub const FIRST: u32 = 0xFFFF_FF00;

/// The flag key is not in the state.
pub const NOT_FOUND: u32 = 0xFFFF_FF01;
/// The compilation is not finished yet.
pub const PENDING: u32 = 0xFFFF_FF02;
/// The document was refused; the outbox holds why.
pub const INVALID_DOCUMENT: u32 = 0xFFFF_FF03;
/// The state follows a channel that has a newer one, or is closed.
pub const OUTDATED: u32 = 0xFFFF_FF04;
/// The handle is stale or was never given out, on this thread.
pub const BAD_HANDLE: u32 = 0xFFFF_FF10;
/// A length or index is beyond what it counts, or the buffer holds no request of this form.
pub const BAD_REQUEST: u32 = 0xFFFF_FF11;
/// The call does not fit the state of its handle (a write after finish, for one).
pub const BAD_ORDER: u32 = 0xFFFF_FF12;
/// Bytes that must be UTF-8 are not.
pub const BAD_UTF8: u32 = 0xFFFF_FF13;
/// No memory, no thread, or no handle is left.
pub const EXHAUSTED: u32 = 0xFFFF_FF14;
/// A panic was caught; the state it met is unharmed, since states are immutable.
pub const PANIC: u32 = 0xFFFF_FF15;
