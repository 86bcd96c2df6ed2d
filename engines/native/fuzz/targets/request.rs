//! The buffer of a request, as any program could fill it, against one state with every kind of constraint.

#![no_main]

use flipt_ffi_engine::abi::{flipt_ffi_evaluate, flipt_ffi_evaluate_staged, flipt_ffi_matched, flipt_ffi_stage};
use flipt_ffi_engine::code::FIRST;
use flipt_ffi_engine_fuzz::{bounded, evaluate, load, outbox, put};
use libfuzzer_sys::fuzz_target;

const SHOP: &[u8] = include_bytes!("../../../../tests/fixtures/shop/v2.json");

thread_local! {
    static STATE: u32 = load(0, SHOP).expect("the fixture is a document");
}

fuzz_target!(|bytes: &[u8]| bounded(bytes, |bytes| {
    let state = STATE.with(|&state| state);
    // As it is: nearly always with a handle that means nothing.
    put(bytes);
    flipt_ffi_evaluate();
    let [kind, flag, step, values @ ..] = bytes else { return };
    // With the right handle: the rest is the input's.
    let request = [&state.to_ne_bytes()[..], &u32::from(*flag % 12).to_ne_bytes(), values].concat();
    if kind % 2 == 0 {
        put(&request);
        flipt_ffi_evaluate();
    } else {
        flipt_ffi_stage(put(&request));
        flipt_ffi_evaluate_staged();
    }
    // Well-formed, with values of the input's.
    evaluate(state, u32::from(*flag % 12), values, usize::from(*step));
    if flipt_ffi_matched(u32::from(*step)) < FIRST {
        outbox();
    }
}));
