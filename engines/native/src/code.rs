//! The codes that a call returns in place of a result. Handles, indices and lengths stay below [`FIRST`].

/// Every number from here on is a code.
pub const FIRST: u32 = 0xFFFF_FF00;

/// Why a call has no result. `engines/native/symbols.ts` repeats these, and a test compares them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Code {
    /// The flag key is not in the state.
    NotFound = 0xFFFF_FF01,
    /// The compilation is not finished yet.
    Pending = 0xFFFF_FF02,
    /// The document was refused; the outbox says why.
    InvalidDocument = 0xFFFF_FF03,
    /// The state follows a channel that has a newer one, or is closed.
    Outdated = 0xFFFF_FF04,
    /// The handle is stale, or was never given out on this thread.
    BadHandle = 0xFFFF_FF10,
    /// A length or index is out of range, or the buffer holds no request of this form.
    BadRequest = 0xFFFF_FF11,
    /// The call does not fit the state of its handle, as a write after finish.
    BadOrder = 0xFFFF_FF12,
    /// Bytes that must be UTF-8 are not.
    BadUtf8 = 0xFFFF_FF13,
    /// There is no memory, thread or handle left.
    Exhausted = 0xFFFF_FF14,
    /// A panic was caught; the state it met is unharmed, since states are immutable.
    Panic = 0xFFFF_FF15,
}

impl From<Code> for u32 {
    fn from(code: Code) -> u32 {
        code as u32
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, FIRST};

    #[test]
    fn a_code_crosses_the_abi_as_its_number() {
        let numbers = [Code::NotFound, Code::BadHandle, Code::Panic].map(u32::from);
        assert_eq!(numbers, [0xFFFF_FF01, 0xFFFF_FF10, 0xFFFF_FF15]);
        assert!(numbers.iter().all(|number| *number > FIRST));
    }
}
