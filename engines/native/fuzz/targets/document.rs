//! The bytes of a document.

#![no_main]

use flipt_ffi_engine_fuzz::{bounded, load, read_whole};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| bounded(bytes, |bytes| {
    if let Some(state) = load(0, bytes) {
        read_whole(state);
    }
}));
