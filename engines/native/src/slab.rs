//! Values found by number from any thread. A number says where a value stands and in which generation, so that an old
//! number never finds a newer value.

use crate::code;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many values there can be at once.
const LIMIT: usize = 1 << 12;
const GENERATIONS: u32 = 1 << 19;

/// The values of one kind.
pub struct Slab<T>(Mutex<Vec<Slot<T>>>);

struct Slot<T> {
    generation: u32,
    value: Option<T>,
}

impl<T: Clone> Slab<T> {
    /// One without values.
    pub const fn new() -> Slab<T> {
        Slab(Mutex::new(Vec::new()))
    }

    /// Adds a value; its number.
    pub fn add(&self, value: T) -> Result<u32, u32> {
        let mut slots = lock(&self.0);
        let place = match slots.iter().position(|slot| slot.value.is_none()) {
            Some(place) => place,
            None if slots.len() < LIMIT => {
                slots.push(Slot { generation: 0, value: None });
                slots.len() - 1
            }
            None => return Err(code::EXHAUSTED),
        };
        let slot = &mut slots[place];
        slot.generation = (slot.generation + 1) % GENERATIONS;
        slot.value = Some(value);
        Ok(slot.generation * LIMIT as u32 + place as u32)
    }

    /// The value of a number.
    pub fn get(&self, number: u32) -> Result<T, u32> {
        let slots = lock(&self.0);
        let slot = slots.get(number as usize % LIMIT).filter(|slot| slot.generation == number / LIMIT as u32);
        slot.and_then(|slot| slot.value.clone()).ok_or(code::BAD_HANDLE)
    }

    /// Takes the value of a number away.
    pub fn remove(&self, number: u32) -> Result<T, u32> {
        let mut slots = lock(&self.0);
        let slot = slots.get_mut(number as usize % LIMIT).filter(|slot| slot.generation == number / LIMIT as u32);
        slot.and_then(|slot| slot.value.take()).ok_or(code::BAD_HANDLE)
    }

    /// How many values there are.
    pub fn count(&self) -> u32 {
        lock(&self.0).iter().filter(|slot| slot.value.is_some()).count() as u32
    }
}

/// A lock that a panic left behind guards nothing half-done: every change under one here is one assignment.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
