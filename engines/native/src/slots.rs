//! Reads a request: as 32-bit numbers the handle of a state, the index of a flag and the ends of the strings, then the
//! strings one after the other. Slot 0 is the entity's id, slot n the value of the flag's n-th property (empty when the
//! context lacks it). All ends are checked once, so that reading a slot cannot fail.

use crate::state::FlagIndex;
use crate::thread::StateHandle;

/// The request does not have the form that the flag asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed;

/// How long the handle and the index are together.
const HEADER: usize = 8;

/// Which flag of which state a request is for.
#[inline]
pub fn header(request: &[u8]) -> Result<(StateHandle, FlagIndex), Malformed> {
    let Some(&[a, b, c, d, e, f, g, h]) = request.first_chunk::<HEADER>() else { return Err(Malformed) };
    let (state, flag) = (u32::from_ne_bytes([a, b, c, d]), u32::from_ne_bytes([e, f, g, h]));
    Ok((state.into(), flag.into()))
}

/// The strings of a request.
pub trait Slots {
    /// The string of a slot; empty for one that the request does not have.
    fn get(&self, slot: u32) -> &[u8];
}

/// A request of at most `N` strings, taken apart: what nearly every flag has.
pub struct Few<'a, const N: usize>([&'a [u8]; N]);

impl<'a, const N: usize> Few<'a, N> {
    /// Takes apart a request of `count` strings.
    #[inline]
    pub fn new(request: &'a [u8], count: usize) -> Result<Few<'a, N>, Malformed> {
        let mut strings: [&[u8]; N] = [&[]; N];
        let mut start = HEADER + count * 4;
        let ends = request.get(HEADER..start).ok_or(Malformed)?;
        for (string, end) in strings.iter_mut().zip(ends.chunks_exact(4)) {
            let end = end_of(end);
            *string = request.get(start..end).ok_or(Malformed)?;
            start = end;
        }
        Ok(Few(strings))
    }
}

impl<const N: usize> Slots for Few<'_, N> {
    #[inline]
    fn get(&self, slot: u32) -> &[u8] {
        self.0.get(slot as usize).copied().unwrap_or(&[])
    }
}

/// A request of any number of strings, found when they are asked for.
pub struct Many<'a> {
    request: &'a [u8],
    count: usize,
}

impl<'a> Many<'a> {
    /// Checks a request of `count` strings.
    pub fn new(request: &'a [u8], count: usize) -> Result<Many<'a>, Malformed> {
        let mut start = HEADER + count * 4;
        let ends = request.get(HEADER..start).ok_or(Malformed)?;
        for end in ends.chunks_exact(4) {
            let end = end_of(end);
            request.get(start..end).ok_or(Malformed)?;
            start = end;
        }
        Ok(Many { request, count })
    }

    fn end(&self, slot: usize) -> usize {
        let place = HEADER + slot * 4;
        self.request.get(place..place + 4).map_or(0, end_of)
    }
}

impl Slots for Many<'_> {
    fn get(&self, slot: u32) -> &[u8] {
        let slot = slot as usize;
        if slot >= self.count {
            return &[];
        }
        let start = if slot == 0 { HEADER + self.count * 4 } else { self.end(slot - 1) };
        self.request.get(start..self.end(slot)).unwrap_or(&[])
    }
}

#[inline]
fn end_of(bytes: &[u8]) -> usize {
    bytes.first_chunk().map_or(0, |bytes| u32::from_ne_bytes(*bytes) as usize)
}

#[cfg(test)]
mod tests {
    use super::{Few, Malformed, Many, Slots, header};

    fn request(ends: &[u32], strings: &[u8]) -> Vec<u8> {
        [7, 9].iter().chain(ends).flat_map(|number| number.to_ne_bytes()).chain(strings.iter().copied()).collect()
    }

    #[test]
    fn both_forms_read_the_same_strings() {
        let bytes = request(&[23, 23, 26], b"onetwo");
        assert_eq!(header(&bytes), Ok((7.into(), 9.into())));
        assert_eq!(header(&bytes[..7]), Err(Malformed));
        let (few, many) = (Few::<4>::new(&bytes, 3).ok(), Many::new(&bytes, 3).ok());
        let (few, many) = (few.expect("well-formed"), many.expect("well-formed"));
        for (slot, string) in [(0, &b"one"[..]), (1, b""), (2, b"two"), (3, b""), (u32::MAX, b"")] {
            assert_eq!(few.get(slot), string);
            assert_eq!(many.get(slot), string);
        }
    }

    #[test]
    fn a_request_whose_ends_do_not_ascend_within_it_is_malformed() {
        for ends in [&[20, 19][..], &[15, 20], &[20, 1000], &[u32::MAX, u32::MAX], &[]] {
            let bytes = request(ends, b"strings");
            assert_eq!(Few::<16>::new(&bytes, 2).err(), Some(Malformed), "{ends:?}");
            assert_eq!(Many::new(&bytes, 2).err(), Some(Malformed), "{ends:?}");
        }
    }
}
