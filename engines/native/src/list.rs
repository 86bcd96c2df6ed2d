//! The lists of constraints, as sets of strings and of numbers; equal lists are interned.

use crate::state::State;
use crate::text::{Text, TextsBuilder, hash};
use hashbrown::HashTable;

/// A set of strings.
#[derive(Debug)]
pub struct Strings(HashTable<Text>);

/// A set of integers.
#[derive(Debug)]
pub struct Numbers(HashTable<i32>);

impl Strings {
    /// Whether `value` is one of them.
    pub fn contains(&self, value: &[u8], state: &State) -> bool {
        self.0.find(hash(value), |&text| state.texts.bytes(text) == value).is_some()
    }
}

impl Numbers {
    /// Whether `value` is one of them.
    pub fn contains(&self, value: i32) -> bool {
        self.0.find(number_hash(value), |&number| number == value).is_some()
    }
}

#[inline]
fn number_hash(number: i32) -> u64 {
    hash(&number.to_ne_bytes())
}

/// Interns the lists of a state.
#[derive(Default)]
pub struct ListsBuilder {
    strings: Interned<Strings>,
    numbers: Interned<Numbers>,
}

/// Lists, and the index of the one that a text spells; `None` for a text that spells none.
struct Interned<T> {
    lists: Vec<T>,
    known: HashTable<(Text, Option<u32>)>,
}

impl<T> Default for Interned<T> {
    fn default() -> Interned<T> {
        Interned { lists: Vec::new(), known: HashTable::new() }
    }
}

impl ListsBuilder {
    /// Returns the index of the list of strings that `value` spells, if it spells one.
    pub fn strings(&mut self, value: Text, texts: &TextsBuilder) -> Option<u32> {
        self.strings.index(value, texts, strings)
    }

    /// Returns the index of the list of numbers that `value` spells, if it spells one.
    pub fn numbers(&mut self, value: Text, texts: &TextsBuilder) -> Option<u32> {
        self.numbers.index(value, texts, numbers)
    }

    /// Returns all lists, of strings and of numbers.
    pub fn finish(self) -> (Box<[Strings]>, Box<[Numbers]>) {
        (self.strings.lists.into(), self.numbers.lists.into())
    }
}

impl<T> Interned<T> {
    fn index(&mut self, value: Text, texts: &TextsBuilder, parse: fn(Text, &TextsBuilder) -> Option<T>) -> Option<u32> {
        let text_hash = |text: Text| hash(texts.get(text).as_bytes());
        if let Some(&(_, index)) = self.known.find(text_hash(value), |&(known, _)| known == value) {
            return index;
        }
        let index = parse(value, texts).map(|list| {
            self.lists.push(list);
            self.lists.len() as u32 - 1
        });
        self.known.insert_unique(text_hash(value), (value, index), |&(known, _)| text_hash(known));
        index
    }
}

/// Every string is a part of the text that spells the list, since the reference takes no list with an escape in it.
fn strings(value: Text, texts: &TextsBuilder) -> Option<Strings> {
    let spelled = texts.get(value);
    let parts: Vec<&str> = serde_json::from_str(spelled).ok()?;
    let mut set = HashTable::with_capacity(parts.len());
    for part in parts {
        let text = texts.part(value, part.as_ptr() as usize - spelled.as_ptr() as usize, part.len());
        let text_hash = hash(part.as_bytes());
        if set.find(text_hash, |&other| texts.get(other) == part).is_none() {
            set.insert_unique(text_hash, text, |&text| hash(texts.get(text).as_bytes()));
        }
    }
    Some(Strings(set))
}

fn numbers(value: Text, texts: &TextsBuilder) -> Option<Numbers> {
    let parts: Vec<i32> = serde_json::from_str(texts.get(value)).ok()?;
    let mut set = HashTable::with_capacity(parts.len());
    for number in parts {
        if set.find(number_hash(number), |&other| other == number).is_none() {
            set.insert_unique(number_hash(number), number, |&number| number_hash(number));
        }
    }
    Some(Numbers(set))
}
