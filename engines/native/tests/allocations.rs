//! Memory: an evaluation allocates nothing, and a state is little larger than its document.

mod common;

use common::{DOCUMENT, find, load, put, request};
use flipt_ffi_engine::abi::{flipt_ffi_evaluate, flipt_ffi_state_release};
use flipt_ffi_engine::code::FIRST;
use std::alloc::{GlobalAlloc, Layout, System};
use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The system's allocator, with counters.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator as it came; counting touches no memory of the caller's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::SeqCst);
        BYTES.fetch_add(layout.size(), Ordering::SeqCst);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Ordering::SeqCst);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A document of about `megabytes`, with flags of both types, lists, attachments and segments of several rules.
fn document(megabytes: usize) -> String {
    let mut flags = String::new();
    let mut n = 0;
    while flags.len() < megabytes << 20 {
        let list: Vec<String> = (0..20).map(|i| format!("\\\"customer-{n}-{i}\\\"")).collect();
        let constraint = |kind: &str, property: &str, operator: &str, value: &str| {
            format!(
                r#"{{"id":"","type":"{kind}_CONSTRAINT_COMPARISON_TYPE","property":"{property}","operator":"{operator}","value":"{value}"}}"#
            )
        };
        let segments = format!(
            r#"[{{"key":"segment-{n}","name":"","description":"","matchType":"ALL_SEGMENT_MATCH_TYPE","constraints":[{},{},{}]}},{{"key":"other-{n}","name":"","description":"","matchType":"ANY_SEGMENT_MATCH_TYPE","constraints":[{}]}}]"#,
            constraint("STRING", "country", "eq", "NL"),
            constraint("NUMBER", "orders", "gte", "3"),
            constraint("DATETIME", "since", "lt", "2026-01-01T00:00:00Z"),
            constraint("STRING", "customer", "isoneof", &format!("[{}]", list.join(","))),
        );
        write!(
            flags,
            r#"{{"key":"variant-{n}","name":"Variant {n}","description":"","enabled":true,"type":"VARIANT_FLAG_TYPE","createdAt":"2026-11-23T17:43:25.567945Z","updatedAt":"2026-11-23T17:43:25.567945Z","rules":[{{"id":"8424119c-8301-4bc6-bcff-64cc1005796a","rank":1,"segments":{segments},"segmentOperator":"OR_SEGMENT_OPERATOR","distributions":[{{"variantKey":"a","rollout":50,"variantAttachment":"{{}}"}},{{"variantKey":"b","rollout":50}}]}}],"rollouts":[]}},{{"key":"boolean-{n}","name":"","enabled":true,"type":"BOOLEAN_FLAG_TYPE","rollouts":[{{"threshold":{{"percentage":50,"value":true}}}}]}},"#
        )
        .expect("a String takes everything");
        n += 1;
    }
    flags.pop();
    format!(r#"{{"namespace":{{"key":"shop"}},"flags":[{flags}]}}"#)
}

// One test, since others would allocate meanwhile.
#[test]
fn an_evaluation_allocates_nothing_and_a_state_is_little_larger_than_its_document() {
    let document = document(20);
    let before = BYTES.load(Ordering::SeqCst);
    let state = load(DOCUMENT, document.as_bytes()).expect("a valid document");
    let size = BYTES.load(Ordering::SeqCst) - before;
    let ratio = size as f64 / document.len() as f64;
    println!("a document of {} bytes compiles to {size} bytes: {ratio:.2} times as many", document.len());
    assert!(ratio < 1.5, "{ratio}");

    let variant = find(state, "variant-7");
    let boolean = find(state, "boolean-7");
    let requests = [
        request(state, variant, &["entity", "NL", "3", "2025-05-05T05:05:05Z", "nobody"]),
        request(state, variant, &["entity", "", "three", "yesterday", "customer-7-3"]),
        request(state, variant, &["entity", "", "", "", ""]),
        request(state, boolean, &["entity"]),
    ];
    let mut outcomes = Vec::with_capacity(requests.len());
    for request in &requests {
        put(request);
        outcomes.push(flipt_ffi_evaluate());
    }
    assert!(outcomes.iter().all(|&outcome| outcome < FIRST), "{outcomes:x?}");
    assert!(outcomes[0] > 0 && outcomes[1] > 0 && outcomes[2] == 0, "{outcomes:?}");
    let allocations = ALLOCATIONS.load(Ordering::SeqCst);
    for _ in 0..10_000 {
        for (request, &outcome) in requests.iter().zip(&outcomes) {
            put(request);
            assert_eq!(flipt_ffi_evaluate(), outcome);
        }
    }
    assert_eq!(ALLOCATIONS.load(Ordering::SeqCst), allocations);

    assert_eq!(flipt_ffi_state_release(state), 0);
    // A large state is freed on another thread.
    let is_freed = || BYTES.load(Ordering::SeqCst) < before + 100_000;
    for _ in 0..1_000 {
        if is_freed() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(is_freed(), "the state's memory is not given back");
}
