//! Hashing with a random key per process: strings of a document are keys of every table here, and with a known hash a
//! document could be made of strings that all collide. The threads of a process share the key, and with it their states.

use foldhash::SharedSeed;
use foldhash::fast::FoldHasher;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::OnceLock;

/// The key. The standard library's has its randomness from the operating system.
fn key() -> &'static (u64, SharedSeed) {
    static KEY: OnceLock<(u64, SharedSeed)> = OnceLock::new();
    KEY.get_or_init(|| {
        let random = RandomState::new();
        (random.hash_one(0), SharedSeed::from_u64(random.hash_one(1)))
    })
}

/// Makes keyed hashers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keyed;

impl BuildHasher for Keyed {
    type Hasher = FoldHasher<'static>;

    #[inline]
    fn build_hasher(&self) -> FoldHasher<'static> {
        let (seed, shared) = key();
        FoldHasher::with_seed(*seed, shared)
    }
}

/// Returns the hash of bytes.
#[inline]
pub fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = Keyed.build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

/// Returns the hash of a number.
#[inline]
pub fn number_hash(number: i32) -> u64 {
    let mut hasher = Keyed.build_hasher();
    hasher.write_i32(number);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::{hash, number_hash};
    use std::process::Command;

    /// Set in a process that only says what it hashes a few values to.
    const CHILD: &str = "FLIPT_FFI_TEST_HASHES";

    /// Strings whose unkeyed FxHash is one number each, at lengths that every way of reading bytes meets, and numbers.
    fn hashes() -> Vec<u64> {
        let texts = ["", "a", "abcd", "abcdefgh", "abcdefghijklmnop", "abcdefghijklmnopq"];
        let long = ["x".repeat(100), "x".repeat(200), "x".repeat(1000)];
        let texts = texts.into_iter().chain(long.iter().map(String::as_str));
        texts.map(|text| hash(text.as_bytes())).chain([0, 1, -1].map(number_hash)).collect()
    }

    #[test]
    fn another_process_hashes_everything_to_something_else() {
        if std::env::var_os(CHILD).is_some() {
            println!("{CHILD}={:?}", hashes());
            return;
        }
        let itself = std::env::current_exe().expect("a test has a file");
        let arguments = ["--exact", "hash::tests::another_process_hashes_everything_to_something_else", "--nocapture"];
        let output = Command::new(itself).args(arguments).env(CHILD, "1").output().expect("a test starts");
        let output = String::from_utf8(output.stdout).expect("it prints text");
        let line =
            output.lines().find_map(|line| line.split(&format!("{CHILD}=")).nth(1)).expect("it prints its hashes");
        let others = line.trim_matches(['[', ']']).split(", ").map(|number| number.parse().expect("a number"));
        for (place, (own, other)) in hashes().into_iter().zip(others).enumerate() {
            let other: u64 = other;
            assert_ne!(own, other, "at {place}");
        }
        assert_eq!(hashes(), hashes());
    }
}
