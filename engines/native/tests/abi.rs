//! The ABI as C calls it: documents that are damaged at random are refused or compiled, and never cause a panic.

mod common;

use common::{DOCUMENT, load, outbox};
use flipt_ffi_engine::abi::{
    flipt_ffi_count, flipt_ffi_flag_definition, flipt_ffi_flag_describe, flipt_ffi_state_flags,
    flipt_ffi_state_release, flipt_ffi_state_snapshot,
};
use flipt_ffi_engine::code::FIRST;

const SHOP: &[u8] = include_bytes!("../../../tests/fixtures/shop/v2.json");
const SNAPSHOT: u32 = 1;
const HELD_STATES: u32 = 0;

/// Reads all that can be read of a state, and releases it.
fn read_whole(state: u32) {
    assert!(flipt_ffi_state_flags(state) < FIRST);
    assert!(!outbox().is_empty());
    for flag in 0.. {
        if flipt_ffi_flag_describe(state, flag) >= FIRST {
            break;
        }
        assert!(outbox().starts_with(b"{"));
        assert!(flipt_ffi_flag_definition(state, flag) < FIRST);
        assert!(outbox().starts_with(b"{"));
    }
    assert!(flipt_ffi_state_snapshot(state) < FIRST);
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
    assert!(flipt_ffi_state_snapshot(state) < FIRST);
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
