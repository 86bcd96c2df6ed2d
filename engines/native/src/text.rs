//! Interning: one string holds all strings of a state, each once; the rest of the state refers to them by position.

use crate::hash::hash;
use crate::limits::Refusal;
use hashbrown::HashTable;

/// A string of a [`Texts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Text {
    start: u32,
    length: u32,
}

/// The strings of a state.
#[derive(Debug, Default)]
pub struct Texts {
    all: Box<str>,
}

impl Texts {
    /// Returns the characters of `text`; none for one of another `Texts`.
    #[inline]
    pub fn get(&self, text: Text) -> &str {
        self.all.get(text.start as usize..(text.start as usize + text.length as usize)).unwrap_or("")
    }

    /// Returns the characters of `text`, if there is one.
    pub fn optional(&self, text: Option<Text>) -> Option<&str> {
        text.map(|text| self.get(text))
    }

    /// Returns the bytes of `text`; none for one of another `Texts`.
    #[inline]
    pub fn bytes(&self, text: Text) -> &[u8] {
        self.all.as_bytes().get(text.start as usize..(text.start as usize + text.length as usize)).unwrap_or(&[])
    }
}

/// Interns strings.
#[derive(Default)]
pub struct TextsBuilder {
    all: String,
    known: HashTable<Text>,
}

impl TextsBuilder {
    /// Returns `value` as a [`Text`], adding it when it is new.
    pub fn add(&mut self, value: &str) -> Result<Text, Refusal> {
        let hash = hash(value.as_bytes());
        let all = self.all.as_str();
        if let Some(&text) = self.known.find(hash, |&text| slice(all, text) == value) {
            return Ok(text);
        }
        let start = u32::try_from(self.all.len()).map_err(|_| Refusal::TextTooLong)?;
        let length = u32::try_from(value.len()).map_err(|_| Refusal::TextTooLong)?;
        start.checked_add(length).ok_or(Refusal::TextTooLong)?;
        self.all.push_str(value);
        let text = Text { start, length };
        let all = self.all.as_str();
        self.known.insert_unique(hash, text, |&text| self::hash(slice(all, text).as_bytes()));
        Ok(text)
    }

    /// Returns the characters of `text`.
    pub fn get(&self, text: Text) -> &str {
        slice(&self.all, text)
    }

    /// Returns the part of `text` that starts after `start` bytes and is `length` bytes long.
    pub fn part(&self, text: Text, start: usize, length: usize) -> Text {
        debug_assert!(start + length <= text.length as usize);
        Text { start: text.start + start as u32, length: length as u32 }
    }

    /// How many bytes the strings have together.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Returns all strings, without spare capacity.
    pub fn finish(self) -> Texts {
        Texts { all: self.all.into_boxed_str() }
    }
}

fn slice(all: &str, text: Text) -> &str {
    all.get(text.start as usize..(text.start as usize + text.length as usize)).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::{Text, TextsBuilder};

    #[test]
    fn strings_are_kept_once_and_are_found_whole_and_in_parts() {
        let mut builder = TextsBuilder::default();
        assert_eq!(builder.len(), 0);
        let [one, two, again, none] = ["größe", "two", "größe", ""].map(|text| builder.add(text).expect("room"));
        assert_eq!((one == again, one == two, builder.len()), (true, false, 10));
        assert_eq!([one, two, none].map(|text| builder.get(text)), ["größe", "two", ""]);
        let [whole, end, nothing] = [(0, 3), (1, 2), (3, 0)].map(|(start, length)| builder.part(two, start, length));
        assert_eq!(whole, two);
        let texts = builder.finish();
        assert_eq!([one, two, end, nothing].map(|text| texts.get(text)), ["größe", "two", "wo", ""]);
        assert_eq!([one, two, end].map(|text| texts.bytes(text)), ["größe".as_bytes(), b"two", b"wo"]);
        assert_eq!([Some(end), None].map(|text| texts.optional(text)), [Some("wo"), None]);
        let beyond = Text { start: 8, length: 3 };
        assert_eq!((texts.get(beyond), texts.bytes(beyond)), ("", &b""[..]));
    }
}
