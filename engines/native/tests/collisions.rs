//! Chosen collisions: strings that any process of an unkeyed hash takes for the same.

mod common;

use common::{DOCUMENT, load, outbox};
use flipt_ffi_engine::abi::{flipt_ffi_state_changed, flipt_ffi_state_release};
use flipt_ffi_engine::code::FIRST;

/// Returns strings of 32 printable bytes that have one hash under `FxHasher` of rustc-hash 2, whatever its seed: the last
/// eight bytes cancel what the first sixteen come to.
fn colliding(count: usize) -> Vec<String> {
    let mut seed: u64 = 88_172_645_463_325_252;
    let mut random = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        // Sixteen letters out of a number each.
        seed.to_le_bytes().map(|byte| b'a' + byte % 26)
    };
    let mut found = Vec::new();
    while found.len() < count {
        let (first, second) = (random(), random());
        let product = u128::from(0x243f_6a88_85a3_08d3 ^ u64::from_le_bytes(first))
            * u128::from(0xa409_3822_299f_31d0 ^ u64::from_le_bytes(second));
        let cancelling = (product as u64 ^ (product >> 64) as u64).to_le_bytes();
        if cancelling.iter().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')) {
            let bytes = [&first[..], &second, b"whatever", &cancelling].concat();
            found.push(String::from_utf8(bytes).expect("printable bytes are text"));
        }
    }
    found
}

#[test]
fn no_document_can_hide_a_change_behind_a_chosen_collision() {
    let states: Vec<u32> = colliding(2)
        .iter()
        .map(|description| {
            let flag = format!(r#"{{"key":"flag","name":"","enabled":true,"description":"{description}"}}"#);
            let document = format!(r#"{{"namespace":{{"key":"shop"}},"flags":[{flag}]}}"#);
            load(DOCUMENT, document.as_bytes()).expect("a valid document")
        })
        .collect();
    let [state, previous] = states[..] else { panic!("two states") };
    assert!(flipt_ffi_state_changed(state, previous) < FIRST);
    assert_eq!(outbox(), br#"["flag"]"#);
    for state in states {
        assert_eq!(flipt_ffi_state_release(state), 0);
    }
}
