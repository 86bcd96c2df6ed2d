//! The ABI as C calls it: documents that are damaged at random are refused or compiled, and never make it panic.

use flipt_ffi_engine::abi::{
    flipt_ffi_buffer, flipt_ffi_count, flipt_ffi_flag_describe, flipt_ffi_load_begin, flipt_ffi_load_finish,
    flipt_ffi_load_take, flipt_ffi_load_write, flipt_ffi_outbox_next, flipt_ffi_state_flags, flipt_ffi_state_release,
    flipt_ffi_state_snapshot,
};
use std::time::Duration;

const SHOP: &[u8] = include_bytes!("../../../tests/fixtures/shop/v2.json");
const DOCUMENT: u32 = 0;
const SNAPSHOT: u32 = 1;
const FIRST_CODE: u32 = 0xFFFF_FF00;
const PENDING: u32 = 0xFFFF_FF02;
const INVALID_DOCUMENT: u32 = 0xFFFF_FF03;
const HELD_STATES: u32 = 0;

fn put(bytes: &[u8]) -> u32 {
    let buffer = flipt_ffi_buffer() as *mut u8;
    // SAFETY: the buffer is 64 KiB, this thread's own, and no call runs.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), buffer, bytes.len()) };
    bytes.len() as u32
}

/// What is in the outbox.
fn outbox() -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let length = flipt_ffi_outbox_next() as usize;
        if length == 0 {
            return all;
        }
        // SAFETY: the call wrote that many bytes to this thread's buffer.
        all.extend_from_slice(unsafe { std::slice::from_raw_parts(flipt_ffi_buffer() as *const u8, length) });
    }
}

fn load(format: u32, bytes: &[u8]) -> Result<u32, String> {
    let loader = flipt_ffi_load_begin(format, put(b"shop"));
    assert!(loader < FIRST_CODE);
    for chunk in bytes.chunks(1 << 16) {
        assert_eq!(flipt_ffi_load_write(loader, put(chunk)), 0);
    }
    assert_eq!(flipt_ffi_load_finish(loader), 0);
    loop {
        match flipt_ffi_load_take(loader) {
            PENDING => std::thread::sleep(Duration::from_micros(50)),
            INVALID_DOCUMENT => return Err(String::from_utf8(outbox()).expect("messages are text")),
            state => {
                assert!(state < FIRST_CODE, "{state:x}");
                return Ok(state);
            }
        }
    }
}

/// Reads all that a state tells of itself, and lets go of it.
fn read_whole(state: u32) {
    assert!(flipt_ffi_state_flags(state) < FIRST_CODE);
    assert!(!outbox().is_empty());
    for flag in 0.. {
        if flipt_ffi_flag_describe(state, flag) >= FIRST_CODE {
            break;
        }
        assert!(outbox().starts_with(b"{"));
    }
    assert!(flipt_ffi_state_snapshot(state) < FIRST_CODE);
    outbox();
    assert_eq!(flipt_ffi_state_release(state), 0);
}

fn damage(original: &[u8], seed: &mut u64) -> Vec<u8> {
    let mut random = || {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) as usize
    };
    let mut bytes = original.to_vec();
    for _ in 0..1 + random() % 3 {
        let at = random() % bytes.len();
        match random() % 4 {
            0 => bytes[at] = random() as u8,
            1 => bytes.truncate(at.max(1)),
            2 => bytes.insert(at, b"\"{}[],:0\\\xff"[random() % 10]),
            _ => {
                let end = (at + random() % 40).min(bytes.len() - 1);
                bytes.drain(at.min(end)..end);
            }
        }
    }
    bytes
}

#[test]
fn damaged_documents_and_snapshots_are_refused_or_compiled() {
    let state = load(DOCUMENT, SHOP).expect("the fixture is a document");
    assert!(flipt_ffi_state_snapshot(state) < FIRST_CODE);
    let snapshot = outbox();
    read_whole(state);
    let mut seed = 20_261_123;
    let mut compiled = 0;
    for _ in 0..3_000 {
        for (format, original) in [(DOCUMENT, SHOP), (SNAPSHOT, &snapshot[..])] {
            match load(format, &damage(original, &mut seed)) {
                Ok(state) => {
                    compiled += 1;
                    read_whole(state);
                }
                Err(why) => assert!(why.contains("valid") || why.contains("snapshot"), "{why}"),
            }
        }
    }
    assert!(compiled > 50, "only {compiled} damaged documents were still documents");
    assert_eq!(flipt_ffi_count(HELD_STATES), 0);
}
