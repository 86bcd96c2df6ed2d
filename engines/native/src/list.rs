//! The lists of constraints, as sets of strings and of numbers; equal lists are interned.

use crate::hash::{hash, number_hash};
use crate::reading;
use crate::state::State;
use crate::text::{Text, TextsBuilder};
use hashbrown::HashTable;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::marker::PhantomData;

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

/// Interns the lists of a state.
#[derive(Default)]
pub struct ListsBuilder {
    strings: Interned<Strings>,
    numbers: Interned<Numbers>,
    bytes: usize,
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
        self.strings.index(value, texts, |value, texts| {
            let list = strings(value, texts)?;
            self.bytes += list.0.allocation_size();
            Some(list)
        })
    }

    /// Returns the index of the list of numbers that `value` spells, if it spells one.
    pub fn numbers(&mut self, value: Text, texts: &TextsBuilder) -> Option<u32> {
        self.numbers.index(value, texts, |value, texts| {
            let list = numbers(value, texts)?;
            self.bytes += list.0.allocation_size();
            Some(list)
        })
    }

    /// How many bytes the lists have together.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns all lists, of strings and of numbers.
    pub fn finish(self) -> (Box<[Strings]>, Box<[Numbers]>) {
        (self.strings.lists.into(), self.numbers.lists.into())
    }
}

impl<T> Interned<T> {
    fn index(
        &mut self,
        value: Text,
        texts: &TextsBuilder,
        parse: impl FnOnce(Text, &TextsBuilder) -> Option<T>,
    ) -> Option<u32> {
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

/// A list takes this many bytes of text for an element, or its table grows: elements can be as short as two bytes, and most
/// of them the same.
const EXPECTED_ELEMENT_BYTES: usize = 8;

/// Every string is a part of the text that spells the list, since the reference takes no list with an escape in it.
fn strings(value: Text, texts: &TextsBuilder) -> Option<Strings> {
    let spelled = texts.get(value);
    let hash_of = |&text: &Text| hash(texts.get(text).as_bytes());
    let mut set = HashTable::with_capacity(expected_elements(spelled));
    each_element(spelled, |part: &str| {
        let text = texts.part(value, part.as_ptr() as usize - spelled.as_ptr() as usize, part.len());
        let text_hash = hash(part.as_bytes());
        if set.find(text_hash, |&other| texts.get(other) == part).is_none() {
            set.insert_unique(text_hash, text, hash_of);
        }
    })?;
    set.shrink_to_fit(hash_of);
    Some(Strings(set))
}

fn numbers(value: Text, texts: &TextsBuilder) -> Option<Numbers> {
    let spelled = texts.get(value);
    let hash_of = |&number: &i32| number_hash(number);
    let mut set = HashTable::with_capacity(expected_elements(spelled));
    each_element(spelled, |number: i32| {
        if set.find(number_hash(number), |&other| other == number).is_none() {
            set.insert_unique(number_hash(number), number, hash_of);
        }
    })?;
    set.shrink_to_fit(hash_of);
    Some(Numbers(set))
}

/// For how many elements of a list there should be room at first.
fn expected_elements(spelled: &str) -> usize {
    let commas = memchr::memchr_iter(b',', spelled.as_bytes()).count();
    (commas + 1).min(spelled.len() / EXPECTED_ELEMENT_BYTES + 1)
}

/// Calls `take` with each element of a list, none of which is kept here; `None` when `spelled` is no such list.
fn each_element<'a, T: Deserialize<'a>>(spelled: &'a str, take: impl FnMut(T)) -> Option<()> {
    struct Reader<T, F>(F, PhantomData<T>);
    impl<'de, T: Deserialize<'de>, F: FnMut(T)> Visitor<'de> for Reader<T, F> {
        type Value = ();
        fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
            formatter.write_str("a list")
        }
        fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
            for n in 1.. {
                let Some(element) = list.next_element()? else { break };
                (self.0)(element);
                reading::check_at(n).map_err(A::Error::custom)?;
            }
            Ok(())
        }
    }
    let mut deserializer = serde_json::Deserializer::from_str(spelled);
    deserializer.deserialize_seq(Reader(take, PhantomData)).ok()?;
    deserializer.end().ok()
}

#[cfg(test)]
mod tests {
    use super::ListsBuilder;
    use crate::text::TextsBuilder;

    #[test]
    fn lists_are_counted_once_with_all_that_they_take() {
        let (mut texts, mut lists) = (TextsBuilder::default(), ListsBuilder::default());
        let mut text = |value: &str| texts.add(value).expect("room");
        let spelled = [text(r#"["a","b","a"]"#), text("[1,2,3,1]"), text(r#"["c"]"#), text("[4]"), text("no list")];
        let [strings, numbers, more_strings, more_numbers, none] = spelled;
        assert_eq!(lists.bytes(), 0);
        assert_eq!((lists.strings(strings, &texts), lists.strings(strings, &texts)), (Some(0), Some(0)));
        let of_strings = lists.bytes();
        assert!(of_strings > 1);
        assert_eq!((lists.numbers(numbers, &texts), lists.numbers(numbers, &texts)), (Some(0), Some(0)));
        assert!(lists.bytes() > of_strings);
        assert_eq!((lists.strings(more_strings, &texts), lists.numbers(more_numbers, &texts)), (Some(1), Some(1)));
        assert_eq!((lists.strings(none, &texts), lists.numbers(none, &texts)), (None, None));
        assert_eq!((lists.strings(numbers, &texts), lists.numbers(strings, &texts)), (None, None));
        let counted = lists.bytes();
        let (strings, numbers) = lists.finish();
        assert_eq!((strings.len(), strings[0].0.len(), numbers.len(), numbers[0].0.len()), (2, 2, 2, 3));
        let taken = strings.iter().map(|list| list.0.allocation_size()).sum::<usize>()
            + numbers.iter().map(|list| list.0.allocation_size()).sum::<usize>();
        assert_eq!(counted, taken);
    }
}
