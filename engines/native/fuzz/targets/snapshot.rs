//! The JSON of a snapshot, or base64 text of any kind: which of them, the first byte says.

#![no_main]

use flipt_ffi_engine_fuzz::{bounded, load, read_whole};
use libfuzzer_sys::fuzz_target;

fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = Vec::new();
    for group in bytes.chunks(3) {
        let number = group.iter().fold(0, |number, &byte| number << 8 | u32::from(byte)) << (8 * (3 - group.len()));
        let digits = (0..4).map(|place| DIGITS[(number >> (18 - 6 * place)) as usize & 63]);
        text.extend(digits.take(group.len() + 1));
        text.resize(text.len().div_ceil(4) * 4, b'=');
    }
    text
}

fuzz_target!(|bytes: &[u8]| bounded(bytes, |bytes| {
    let text = if bytes.first() == Some(&b'{') { base64(bytes) } else { bytes.to_vec() };
    if let Some(state) = load(1, &text) {
        read_whole(state);
    }
}));
