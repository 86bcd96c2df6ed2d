//! Reads a request: the ends of its strings as 32-bit numbers, then the strings one after the other. Slot 0 is the
//! entity's id, slot n the value of the flag's n-th property (empty when the context lacks it).

/// The request does not have the form that the flag asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed;

/// A request of `count` strings.
#[derive(Clone, Copy)]
pub struct Slots<'a> {
    bytes: &'a [u8],
    count: usize,
}

impl<'a> Slots<'a> {
    /// Takes `bytes` for a request of `count` strings; each is checked when it is read.
    pub fn new(bytes: &'a [u8], count: usize) -> Result<Slots<'a>, Malformed> {
        if bytes.len() / 4 < count {
            Err(Malformed)
        } else {
            Ok(Slots { bytes, count })
        }
    }

    /// The string of a slot.
    #[inline]
    pub fn get(&self, slot: u32) -> Result<&'a [u8], Malformed> {
        let slot = slot as usize;
        if slot >= self.count {
            return Err(Malformed);
        }
        let start = if slot == 0 { self.count * 4 } else { self.end(slot - 1)? };
        self.bytes.get(start..self.end(slot)?).ok_or(Malformed)
    }

    #[inline]
    fn end(&self, slot: usize) -> Result<usize, Malformed> {
        match self.bytes.get(slot * 4..slot * 4 + 4) {
            Some(&[a, b, c, d]) => Ok(u32::from_ne_bytes([a, b, c, d]) as usize),
            _ => Err(Malformed),
        }
    }
}
