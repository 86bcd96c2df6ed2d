//! A request: as 32-bit numbers the handle of a state, the index of a flag and the end of each value, then the values as
//! UTF-8. Value 0 is the entity's id, value n that of the flag's n-th property, empty where the context lacks it. The ends
//! are checked once, so that reading a value cannot fail.

use crate::state::FlagIndex;
use crate::thread::StateHandle;

/// The request does not have the form that its flag asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed;

/// The length in bytes of handle and index.
const HEADER_BYTES: usize = 8;

/// Returns which flag of which state a request is for.
#[inline]
pub fn header(request: &[u8]) -> Result<(StateHandle, FlagIndex), Malformed> {
    let Some(&[a, b, c, d, e, f, g, h]) = request.first_chunk::<HEADER_BYTES>() else { return Err(Malformed) };
    let (state, flag) = (u32::from_ne_bytes([a, b, c, d]), u32::from_ne_bytes([e, f, g, h]));
    Ok((state.into(), flag.into()))
}

/// The values of a request.
pub trait Values {
    /// Returns the value of a slot; empty for one that the request does not have.
    fn get(&self, slot: u32) -> &[u8];
}

/// At most `N` values, split beforehand: enough for nearly every flag.
pub struct InlineValues<'a, const N: usize>([&'a [u8]; N]);

impl<'a, const N: usize> InlineValues<'a, N> {
    /// Splits a request of `count` values.
    #[inline]
    pub fn new(request: &'a [u8], count: usize) -> Result<InlineValues<'a, N>, Malformed> {
        let mut values: [&[u8]; N] = [&[]; N];
        let mut start = HEADER_BYTES + count * 4;
        let ends = request.get(HEADER_BYTES..start).ok_or(Malformed)?;
        for (value, end) in values.iter_mut().zip(ends.chunks_exact(4)) {
            let end = end_of(end);
            *value = request.get(start..end).ok_or(Malformed)?;
            start = end;
        }
        Ok(InlineValues(values))
    }
}

impl<const N: usize> Values for InlineValues<'_, N> {
    #[inline]
    fn get(&self, slot: u32) -> &[u8] {
        self.0.get(slot as usize).copied().unwrap_or(&[])
    }
}

/// Any number of values, each looked up when it is read.
pub struct LazyValues<'a> {
    request: &'a [u8],
    count: usize,
}

impl<'a> LazyValues<'a> {
    /// Checks a request of `count` values.
    pub fn new(request: &'a [u8], count: usize) -> Result<LazyValues<'a>, Malformed> {
        let mut start = HEADER_BYTES + count * 4;
        let ends = request.get(HEADER_BYTES..start).ok_or(Malformed)?;
        for end in ends.chunks_exact(4) {
            let end = end_of(end);
            request.get(start..end).ok_or(Malformed)?;
            start = end;
        }
        Ok(LazyValues { request, count })
    }

    fn end(&self, slot: usize) -> usize {
        let at = HEADER_BYTES + slot * 4;
        self.request.get(at..at + 4).map_or(0, end_of)
    }
}

impl Values for LazyValues<'_> {
    fn get(&self, slot: u32) -> &[u8] {
        let slot = slot as usize;
        if slot >= self.count {
            return &[];
        }
        let start = if slot == 0 { HEADER_BYTES + self.count * 4 } else { self.end(slot - 1) };
        self.request.get(start..self.end(slot)).unwrap_or(&[])
    }
}

#[inline]
fn end_of(bytes: &[u8]) -> usize {
    bytes.first_chunk().map_or(0, |bytes| u32::from_ne_bytes(*bytes) as usize)
}

#[cfg(test)]
mod tests {
    use super::{InlineValues, LazyValues, Malformed, Values, header};

    fn request(ends: &[u32], values: &[u8]) -> Vec<u8> {
        [7, 9].iter().chain(ends).flat_map(|number| number.to_ne_bytes()).chain(values.iter().copied()).collect()
    }

    #[test]
    fn inline_and_lazy_values_are_the_same() {
        let bytes = request(&[23, 23, 26], b"onetwo");
        assert_eq!(header(&bytes), Ok((7.into(), 9.into())));
        assert_eq!(header(&bytes[..7]), Err(Malformed));
        let (inline, lazy) = (InlineValues::<4>::new(&bytes, 3).ok(), LazyValues::new(&bytes, 3).ok());
        let (inline, lazy) = (inline.expect("well-formed"), lazy.expect("well-formed"));
        for (slot, value) in [(0, &b"one"[..]), (1, b""), (2, b"two"), (3, b""), (u32::MAX, b"")] {
            assert_eq!(inline.get(slot), value);
            assert_eq!(lazy.get(slot), value);
        }
    }

    #[test]
    fn a_request_whose_ends_do_not_ascend_within_it_is_malformed() {
        for ends in [&[20, 19][..], &[15, 20], &[20, 1000], &[u32::MAX, u32::MAX], &[]] {
            let bytes = request(ends, b"strings");
            assert_eq!(InlineValues::<16>::new(&bytes, 2).err(), Some(Malformed), "{ends:?}");
            assert_eq!(LazyValues::new(&bytes, 2).err(), Some(Malformed), "{ends:?}");
        }
    }
}
