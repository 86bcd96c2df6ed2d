//! What a document expands to: neither reading nor compiling one takes memory out of proportion to its bytes, and a flag
//! with too much of anything is refused.

mod common;

use common::{DOCUMENT, load};
use flipt_ffi_engine::abi::flipt_ffi_state_release;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator, with the most memory that was taken at once.
struct Peaking;

static BYTES: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn took(bytes: usize) {
    let now = BYTES.fetch_add(bytes, Ordering::SeqCst) + bytes;
    PEAK.fetch_max(now, Ordering::SeqCst);
}

// SAFETY: every call goes to the system's allocator as it came; counting touches no memory of the caller's.
unsafe impl GlobalAlloc for Peaking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Ordering::SeqCst);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // What grows in place takes no more than it grows by.
        took(size.saturating_sub(layout.size()));
        BYTES.fetch_sub(layout.size().saturating_sub(size), Ordering::SeqCst);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Peaking = Peaking;

const SNAPSHOT: u32 = 1;

/// The tests of this file, one at a time: each would see what another allocates.
static TURN: Mutex<()> = Mutex::new(());

/// `count` pieces, separated by commas.
fn list(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).map(piece).collect::<Vec<_>>().join(",")
}

fn document(flags: &str) -> String {
    format!(r#"{{"namespace":{{"key":"shop"}},"flags":[{flags}]}}"#)
}

fn flag(key: usize, more: &str) -> String {
    format!(r#"{{"key":"{key:x}","name":"","enabled":true{more}}}"#)
}

fn rule(segments: &str, distributions: &str) -> String {
    format!(r#"{{"segmentOperator":"","segments":[{segments}],"distributions":[{distributions}]}}"#)
}

fn segment(constraints: &str) -> String {
    format!(r#"{{"key":"","matchType":"","constraints":[{constraints}]}}"#)
}

fn constraint(n: usize) -> String {
    format!(r#"{{"type":"{n:x}t","property":"{n:x}p","operator":"{n:x}o","value":"{n:x}"}}"#)
}

fn listing(kind: &str, elements: &str) -> String {
    let value = elements.replace('"', "\\\"");
    let constraint = format!(
        r#"{{"type":"{kind}_CONSTRAINT_COMPARISON_TYPE","property":"p","operator":"isoneof","value":"[{value}]"}}"#
    );
    document(&flag(0, &format!(r#","rules":[{}]"#, rule(&segment(&constraint), ""))))
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = Vec::with_capacity(bytes.len() * 2);
    for group in bytes.chunks(3) {
        let number = group.iter().fold(0, |number, &byte| number << 8 | u32::from(byte)) << (8 * (3 - group.len()));
        let digits = (0..4).map(|place| DIGITS[(number >> (18 - 6 * place)) as usize & 63]);
        text.extend(digits.take(group.len() + 1));
        text.resize(text.len().div_ceil(4) * 4, b'=');
    }
    text
}

fn snapshot(members: [&str; 4]) -> Vec<u8> {
    let [flags, rules, rollouts, distributions] = members;
    let namespace = format!(
        r#"{{"key":"shop","flags":{{{flags}}},"eval_rules":{{{rules}}},"eval_rollouts":{{{rollouts}}},"eval_distributions":{{{distributions}}}}}"#
    );
    base64(format!(r#"{{"version":1,"namespace":{namespace}}}"#).as_bytes())
}

/// Loads, and returns how many times its own bytes a document took at most.
fn growth(format: u32, bytes: &[u8]) -> (f64, Result<u32, String>) {
    let before = BYTES.load(Ordering::SeqCst);
    PEAK.store(before, Ordering::SeqCst);
    let loaded = load(format, bytes);
    let taken = PEAK.load(Ordering::SeqCst) - before;
    if let Ok(state) = loaded {
        assert_eq!(flipt_ffi_state_release(state), 0);
    }
    (taken as f64 / bytes.len() as f64, loaded)
}

#[test]
fn no_document_takes_memory_out_of_proportion_to_its_bytes() {
    let _turn = TURN.lock().expect("no test failed with it");
    let rollouts = |each: usize| format!(r#","type":"BOOLEAN_FLAG_TYPE","rollouts":[{}]"#, list(each, |_| "{}".into()));
    let cases = [
        ("empty rollouts in one flag", document(&flag(0, &rollouts(1_000_000)))),
        ("empty rollouts in many flags", document(&list(200, |n| flag(n, &rollouts(9_000))))),
        ("flags", document(&list(100_000, |n| flag(n, "")))),
        ("rules", document(&list(20, |n| flag(n, &format!(r#","rules":[{}]"#, list(5_000, |_| rule("", ""))))))),
        (
            "distributions",
            document(&list(2, |n| {
                let each = list(90_000, |n| format!(r#"{{"variantKey":"{n:x}","rollout":1}}"#));
                flag(n, &format!(r#","rules":[{}]"#, rule("", &each)))
            })),
        ),
        (
            "segments",
            document(&list(2, |n| {
                let each = list(90_000, |n| format!(r#"{{"key":"{n:x}","matchType":"","constraints":[]}}"#));
                flag(n, &format!(r#","rules":[{}]"#, rule(&each, "")))
            })),
        ),
        (
            "constraints",
            document(&flag(0, &format!(r#","rules":[{}]"#, rule(&segment(&list(50_000, constraint)), "")))),
        ),
        ("numbers", listing("NUMBER", &list(500_000, |n| n.to_string()))),
        ("strings", listing("STRING", &list(300_000, |n| format!(r#""{n:x}""#)))),
        ("the same string", listing("STRING", &list(800_000, |_| r#""""#.into()))),
        ("the same number", listing("NUMBER", &list(1_500_000, |_| "1".into()))),
    ];
    for (name, json) in cases {
        let (times, loaded) = growth(DOCUMENT, json.as_bytes());
        println!("{name}: {} bytes, {times:.1} times as many in memory; {loaded:?}", json.len());
        assert!(times < 10.0, "{name}: {times}");
    }
    let entries = list(300_000, |n| format!(r#""{n:x}":[]"#));
    let rollout = list(60_000, |_| r#"{"rollout_type":"","rank":0}"#.into());
    let many = format!(r#""a":[{rollout}]"#);
    for (name, members) in
        [("lists of a snapshot", ["", &entries, "", ""]), ("rollouts of a snapshot", ["", "", &many, ""])]
    {
        let text = snapshot(members);
        let (times, loaded) = growth(SNAPSHOT, &text);
        println!("{name}: {} bytes, {times:.1} times as many in memory; {loaded:?}", text.len());
        assert!(times < 10.0, "{name}: {times}");
    }
}

/// Makes a flag with so many of something.
type FlagOf<'a> = Box<dyn Fn(usize) -> String + 'a>;

#[test]
fn a_flag_may_have_this_many_of_everything_and_no_more() {
    let _turn = TURN.lock().expect("no test failed with it");
    let rules = |list: &str| flag(0, &format!(r#","rules":[{list}]"#));
    let distribution = |_| r#"{"variantKey":"","rollout":1}"#.to_owned();
    let plain = |n: usize| format!(r#"{{"key":"{n:x}","matchType":"","constraints":[]}}"#);
    let cases: [(&str, usize, FlagOf); 7] = [
        ("rules", 10_000, Box::new(|count| rules(&list(count, |_| rule("", ""))))),
        (
            "rollouts",
            10_000,
            Box::new(|count| {
                let each = |_| r#"{"threshold":{"percentage":1,"value":true}}"#.into();
                flag(0, &format!(r#","rollouts":[{}]"#, list(count, each)))
            }),
        ),
        ("segments", 100_000, Box::new(|count| rules(&rule(&list(count, plain), "")))),
        (
            "segments",
            100_000,
            Box::new(|count| {
                rules(&[rule(&list(count / 2, plain), ""), rule(&list(count - count / 2, plain), "")].join(","))
            }),
        ),
        ("constraints", 100_000, Box::new(|count| rules(&rule(&segment(&list(count, constraint)), "")))),
        (
            "constraints",
            100_000,
            Box::new(|count| {
                let rest = format!(
                    r#","rollouts":[{{"segment":{{"value":true,"segments":[{}]}}}}]"#,
                    segment(&list(count - 1, constraint))
                );
                flag(0, &format!(r#","rules":[{}]{rest}"#, rule(&segment(&constraint(0)), "")))
            }),
        ),
        ("distributions", 100_000, Box::new(|count| rules(&rule("", &list(count, distribution))))),
    ];
    for (what, most, flag) in cases {
        let state = load(DOCUMENT, document(&flag(most)).as_bytes()).unwrap_or_else(|why| panic!("{what}: {why}"));
        assert_eq!(flipt_ffi_state_release(state), 0);
        let why = load(DOCUMENT, document(&flag(most + 1)).as_bytes()).expect_err(what);
        assert!(why.contains(&format!("a flag has more than {most} {what}")), "{why}");
    }
}
