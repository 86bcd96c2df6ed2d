//! Generational handles. A handle is a number that holds the place of a value in a [`Table`] and the generation of that
//! place, so that a stale handle never finds the value that came after its own.

use crate::code::{self, Code};
use std::fmt;
use std::marker::PhantomData;

/// How many bits a handle has; the highest one stays clear, so that no handle looks like a code.
const BITS: u32 = 31;
const _: () = assert!((1 << BITS) - 1 < code::FIRST);

/// The handle of a `T` in a [`Table`].
pub struct Handle<T> {
    number: u32,
    of: PhantomData<fn() -> T>,
}

/// Out of a number that came over the ABI, whether or not it was ever given out.
impl<T> From<u32> for Handle<T> {
    #[inline]
    fn from(number: u32) -> Handle<T> {
        Handle { number, of: PhantomData }
    }
}

/// The number that crosses the ABI.
impl<T> From<Handle<T>> for u32 {
    #[inline]
    fn from(handle: Handle<T>) -> u32 {
        handle.number
    }
}

// Derived, these would ask the same of `T`.
impl<T> Clone for Handle<T> {
    fn clone(&self) -> Handle<T> {
        *self
    }
}

impl<T> Copy for Handle<T> {}

impl<T> PartialEq for Handle<T> {
    fn eq(&self, other: &Handle<T>) -> bool {
        self.number == other.number
    }
}

impl<T> Eq for Handle<T> {}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "Handle({:#x})", self.number)
    }
}

/// Values by handle: up to 2^`PLACE_BITS` at a time. A place starts its generations anew after 2^(31 - `PLACE_BITS`)
/// values; only a handle that old could be mistaken for a newer one.
pub struct Table<T, const PLACE_BITS: u32> {
    slots: Vec<Slot<T>>,
    /// The places that hold no value.
    free: Vec<u32>,
}

struct Slot<T> {
    generation: u32,
    value: Option<T>,
}

impl<T, const PLACE_BITS: u32> Table<T, PLACE_BITS> {
    const PLACES: u32 = 1 << PLACE_BITS;
    const GENERATIONS: u32 = 1 << (BITS - PLACE_BITS);

    /// An empty table.
    pub const fn new() -> Table<T, PLACE_BITS> {
        Table { slots: Vec::new(), free: Vec::new() }
    }

    /// Adds a value. Returns its handle, or [`Code::Exhausted`] when all places are taken.
    pub fn insert(&mut self, value: T) -> Result<Handle<T>, Code> {
        let place = match self.free.pop() {
            Some(place) => place,
            None if self.slots.len() < Self::PLACES as usize => {
                self.slots.push(Slot { generation: 0, value: None });
                self.slots.len() as u32 - 1
            }
            None => return Err(Code::Exhausted),
        };
        let slot = &mut self.slots[place as usize];
        slot.generation = (slot.generation + 1) % Self::GENERATIONS;
        slot.value = Some(value);
        Ok(Handle::from(slot.generation << PLACE_BITS | place))
    }

    /// Returns the value of a handle.
    #[inline]
    pub fn get(&self, handle: Handle<T>) -> Result<&T, Code> {
        let slot = self.slots.get(Self::place(handle)).filter(|slot| slot.generation == Self::generation(handle));
        slot.and_then(|slot| slot.value.as_ref()).ok_or(Code::BadHandle)
    }

    /// Removes and returns the value of a handle, which is stale from then on.
    pub fn remove(&mut self, handle: Handle<T>) -> Result<T, Code> {
        let place = Self::place(handle);
        let slot = self.slots.get_mut(place).filter(|slot| slot.generation == Self::generation(handle));
        let value = slot.and_then(|slot| slot.value.take()).ok_or(Code::BadHandle)?;
        self.free.push(place as u32);
        Ok(value)
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    #[inline]
    fn place(handle: Handle<T>) -> usize {
        (handle.number % Self::PLACES) as usize
    }

    #[inline]
    fn generation(handle: Handle<T>) -> u32 {
        handle.number >> PLACE_BITS
    }
}

impl<T, const PLACE_BITS: u32> Default for Table<T, PLACE_BITS> {
    fn default() -> Table<T, PLACE_BITS> {
        Table::new()
    }
}

#[cfg(test)]
mod tests {
    use super::{Handle, Table};
    use crate::code::{self, Code};

    #[test]
    fn a_handle_finds_its_own_value_until_that_is_removed() {
        let mut table = Table::<&str, 4>::new();
        let (one, other) = (table.insert("one").expect("room"), table.insert("other").expect("room"));
        assert_eq!((table.get(one), table.get(other), table.len()), (Ok(&"one"), Ok(&"other"), 2));
        assert_eq!(table.remove(one), Ok("one"));
        assert_eq!((table.get(one), table.get(other), table.len()), (Err(Code::BadHandle), Ok(&"other"), 1));
        assert_eq!(table.remove(one), Err(Code::BadHandle));
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn a_stale_handle_never_finds_the_value_that_took_its_place() {
        let mut table = Table::<u32, 4>::new();
        let mut stale: Vec<Handle<u32>> = Vec::new();
        // Miri takes minutes for a thousand.
        for value in 0..if cfg!(miri) { 50 } else { 1_000 } {
            let handle = table.insert(value).expect("room");
            assert_eq!(table.get(handle), Ok(&value));
            for &old in &stale {
                assert_eq!(table.get(old), Err(Code::BadHandle), "{old:?} after {value} values");
                assert_eq!(table.remove(old), Err(Code::BadHandle));
            }
            assert_eq!(table.remove(handle), Ok(value));
            stale.push(handle);
        }
    }

    #[test]
    fn a_handle_that_was_never_given_out_finds_nothing() {
        let mut table = Table::<(), 4>::new();
        let handle = table.insert(()).expect("room");
        for number in (0..64).chain([1 << 30, 1 << 31, code::FIRST, u32::MAX]) {
            let found = table.get(Handle::from(number));
            assert_eq!(found.is_ok(), number == handle.number, "{number:#x}");
        }
    }

    #[test]
    fn a_full_table_takes_no_more_until_a_place_is_free() {
        let mut table = Table::<u32, 2>::new();
        let handles: Vec<Handle<u32>> = (0..4).map(|value| table.insert(value).expect("room")).collect();
        assert_eq!(table.insert(4), Err(Code::Exhausted));
        assert_eq!(table.remove(handles[2]), Ok(2));
        let again = table.insert(4).expect("room");
        assert_ne!(again, handles[2]);
        assert_eq!((table.get(again), table.len()), (Ok(&4), 4));
    }

    #[test]
    fn a_handle_is_its_number_and_is_printed_as_it() {
        let handle = Handle::<()>::from(0x1f);
        assert_eq!((u32::from(handle), format!("{handle:?}")), (0x1f, "Handle(0x1f)".to_owned()));
    }

    #[test]
    fn handles_stay_below_the_codes_when_generations_start_anew() {
        let mut table = Table::<(), 30>::new();
        let numbers = [(); 4].map(|()| {
            let handle = table.insert(()).expect("room");
            assert_eq!(table.remove(handle), Ok(()));
            handle.number
        });
        assert_eq!(numbers, [1 << 30, 0, 1 << 30, 0]);
    }
}
