//! What every function of the ABI returns, for what is right and for what is wrong: handles, indices, lengths and texts.

mod common;

use common::{DOCUMENT, find, load, outbox, put, request};
use flipt_ffi_engine::abi::*;
use flipt_ffi_engine::code::{Code, FIRST};
use std::collections::HashSet;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

const BAD_HANDLE: u32 = Code::BadHandle as u32;
const BAD_REQUEST: u32 = Code::BadRequest as u32;
const NOT_FOUND: u32 = Code::NotFound as u32;
const OUTDATED: u32 = Code::Outdated as u32;
const STATES: u32 = 0;
const LOADERS: u32 = 1;
const CHANNELS: u32 = 2;
const SNAPSHOT: u32 = 1;

/// The tests of this file, one at a time: what is counted belongs to the process.
static TURN: Mutex<()> = Mutex::new(());

/// A flag of 70 segments, one for each number from 0, whose rule wants any of them.
fn document(digest: &str) -> String {
    let segment = |n: usize| {
        format!(
            r#"{{"key":"s{n}","matchType":"ALL_SEGMENT_MATCH_TYPE","constraints":[{{"type":"STRING_CONSTRAINT_COMPARISON_TYPE","property":"p","operator":"isoneof","value":"[\"{n}\",\"all\"]"}}]}}"#
        )
    };
    let segments: Vec<String> = (0..70).map(segment).collect();
    format!(
        r#"{{"namespace":{{"key":"shop"}},"digest":"{digest}","flags":[{{"key":"größe","name":"","enabled":true,"rules":[{{"segments":[{}],"segmentOperator":"OR_SEGMENT_OPERATOR","distributions":[]}}]}},{{"key":"b","name":"","type":"BOOLEAN_FLAG_TYPE","enabled":true}}]}}"#,
        segments.join(",")
    )
}

fn loaded(digest: &str) -> u32 {
    load(DOCUMENT, document(digest).as_bytes()).expect("a document")
}

/// The first 16 bytes of the buffer: the bits of what matched, and the time.
fn report() -> (u64, f64) {
    // SAFETY: the buffer is that long, this thread's own, and no call runs.
    let bytes = unsafe { std::slice::from_raw_parts(flipt_ffi_buffer() as *const u8, 16) };
    let (matched, time) = bytes.split_at(8);
    (u64::from_le_bytes(matched.try_into().expect("8 bytes")), f64::from_ne_bytes(time.try_into().expect("8 bytes")))
}

fn system_time() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis() as f64
}

fn text(length: u32) -> String {
    assert!(length < FIRST, "{length:x}");
    let bytes = outbox();
    assert_eq!(bytes.len(), length as usize);
    String::from_utf8(bytes).expect("text")
}

#[test]
fn the_library_tells_its_version_and_gives_each_thread_a_buffer() {
    assert_eq!(flipt_ffi_abi_version(), ABI_VERSION);
    assert_eq!((flipt_ffi_buffer_length(), BUFFER_LENGTH), (65_536, 65_536));
    let own = flipt_ffi_buffer();
    assert_eq!((own, own % 64), (flipt_ffi_buffer(), 0));
    // A thread that ends leaves its buffer to the next one; a few others are with the threads of other tests.
    let others: HashSet<u64> =
        (0..100).map(|_| std::thread::spawn(|| flipt_ffi_buffer()).join().expect("no panic")).collect();
    assert!(!others.contains(&0) && !others.contains(&own) && others.len() < 20, "{others:?}");
}

#[test]
fn a_state_tells_what_it_has() {
    let _turn = TURN.lock();
    let state = loaded("one");
    assert_eq!(text(flipt_ffi_state_describe(state)), r#"{"namespace":"shop","digest":"one","flags":2}"#);
    let flags = text(flipt_ffi_state_flags(state));
    assert!(flags.starts_with(r#"[{"key":"größe","enabled":true,"#), "{flags}");
    let flag = find(state, "größe");
    assert_eq!((flag, find(state, "b")), (0, 1));
    assert!(text(flipt_ffi_flag_describe(state, flag)).contains(r#""constraints":70"#));
    assert!(text(flipt_ffi_flag_definition(state, flag)).starts_with(r#"{"key":"größe""#));
    assert_eq!(flipt_ffi_flag_fits(state, flag, 70, 1_000_000), 1);
    assert_eq!(flipt_ffi_flag_fits(state, flag, 69, 1_000_000), 0);

    let snapshot = text(flipt_ffi_state_snapshot(state));
    let again = load(SNAPSHOT, snapshot.as_bytes()).expect("a snapshot");
    assert_eq!(text(flipt_ffi_state_changed(state, again)), "[]");
    assert_eq!(flipt_ffi_state_release(again), 0);

    assert_eq!(flipt_ffi_flag_find(state, put(b"none")), NOT_FOUND);
    assert_eq!(flipt_ffi_flag_find(state, put("größ".as_bytes())), NOT_FOUND);
    assert_eq!(flipt_ffi_flag_find(state, BUFFER_LENGTH as u32 + 1), BAD_REQUEST);
    assert_eq!(flipt_ffi_flag_describe(state, 2), BAD_REQUEST);
    assert_eq!(flipt_ffi_count(STATES), 1);
    assert_eq!(flipt_ffi_state_release(state), 0);
    assert_eq!(flipt_ffi_count(STATES), 0);

    let calls = [
        flipt_ffi_state_release(state),
        flipt_ffi_state_describe(state),
        flipt_ffi_state_flags(state),
        flipt_ffi_state_snapshot(state),
        flipt_ffi_state_changed(state, state),
        flipt_ffi_flag_find(state, put(b"b")),
        flipt_ffi_flag_find_staged(state),
        flipt_ffi_flag_fits(state, 0, 1, 1),
        flipt_ffi_flag_describe(state, 0),
        flipt_ffi_flag_definition(state, 0),
        flipt_ffi_channel_open(state),
        flipt_ffi_channel_follow(state),
        flipt_ffi_channel_close(state),
    ];
    assert_eq!(calls, [BAD_HANDLE; 13]);
}

#[test]
fn an_evaluation_reports_its_outcome_what_matched_and_the_time() {
    let _turn = TURN.lock();
    let state = loaded("one");
    let flag = find(state, "größe");
    let evaluated = |value: &str| {
        put(&request(state, flag, &["e", value]));
        let before = system_time();
        let outcome = flipt_ffi_evaluate();
        let (matched, time) = report();
        assert!((before..=system_time()).contains(&time), "{time}");
        (outcome, matched)
    };
    assert_eq!(evaluated("3"), (1, 1 << 3));
    assert_eq!(evaluated("63"), (1, 1 << 63));
    assert_eq!(evaluated("x"), (0, 0));
    assert_eq!(evaluated("all"), (1, u64::MAX));
    assert_eq!(flipt_ffi_matched(70), 9);
    assert_eq!(outbox(), [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f]);
    assert_eq!((flipt_ffi_matched(8), outbox().len()), (1, 1));
    assert_eq!((flipt_ffi_matched(9), outbox().len()), (2, 2));
    assert_eq!((flipt_ffi_matched(0), outbox().len()), (0, 0));
    assert_eq!((flipt_ffi_matched(128), flipt_ffi_matched(129)), (16, BAD_REQUEST));
    outbox();
    assert_eq!(evaluated("65"), (1, 0));
    assert_eq!((flipt_ffi_matched(70), outbox()), (9, vec![0, 0, 0, 0, 0, 0, 0, 0, 2]));

    put(&request(state, 2, &["e", "x"]));
    assert_eq!(flipt_ffi_evaluate(), BAD_REQUEST);
    let mut malformed = request(state, flag, &["e", "x"]);
    malformed[8..12].fill(0xff);
    put(&malformed);
    assert_eq!(flipt_ffi_evaluate(), BAD_REQUEST);
    put(&request(u32::MAX >> 1, flag, &["e", "x"]));
    assert_eq!(flipt_ffi_evaluate(), BAD_HANDLE);
    let before = system_time();
    assert_eq!(flipt_ffi_now(), 0);
    assert!((before..=system_time()).contains(&report().1));
    assert_eq!(flipt_ffi_state_release(state), 0);
}

#[test]
fn what_is_staged_is_one_request_and_is_gone_when_it_was_used() {
    let _turn = TURN.lock();
    let state = loaded("one");
    let flag = find(state, "größe");
    let staged = |bytes: &[u8]| flipt_ffi_stage(put(bytes));
    assert_eq!((staged("grö".as_bytes()), staged("ße".as_bytes())), (4, 7));
    assert_eq!(flipt_ffi_flag_find_staged(state), flag);
    assert_eq!(flipt_ffi_flag_find_staged(state), NOT_FOUND);

    let long = "x".repeat(BUFFER_LENGTH * 2);
    let whole = request(state, flag, &[&long, "5"]);
    let lengths: Vec<u32> = whole.chunks(BUFFER_LENGTH).map(staged).collect();
    assert_eq!(lengths, [65_536, 131_072, whole.len() as u32]);
    assert_eq!((flipt_ffi_evaluate_staged(), report().0), (1, 1 << 5));
    assert_eq!(flipt_ffi_evaluate_staged(), BAD_REQUEST);

    staged(b"b");
    assert_eq!(flipt_ffi_unstage(), 0);
    assert_eq!(flipt_ffi_flag_find_staged(state), NOT_FOUND);
    assert_eq!(flipt_ffi_stage(BUFFER_LENGTH as u32 + 1), BAD_REQUEST);
    assert_eq!(flipt_ffi_state_release(state), 0);
}

#[test]
fn a_long_text_is_read_from_the_outbox_in_pieces_and_only_once() {
    let _turn = TURN.lock();
    let flags: Vec<String> =
        (0..3_000).map(|n| format!(r#"{{"key":"flag-number-{n}","name":"","enabled":true}}"#)).collect();
    let document = format!(r#"{{"namespace":{{"key":"shop"}},"flags":[{}]}}"#, flags.join(","));
    let state = load(DOCUMENT, document.as_bytes()).expect("a document");
    let length = flipt_ffi_state_flags(state);
    assert!(length as usize > 2 * BUFFER_LENGTH, "{length}");
    assert_eq!(flipt_ffi_outbox_next(), BUFFER_LENGTH as u32);
    let rest = outbox();
    assert_eq!(rest.len(), length as usize - BUFFER_LENGTH);
    assert!(rest.ends_with(br#""type":"VARIANT_FLAG_TYPE"}]"#));
    assert_eq!(flipt_ffi_outbox_next(), 0);
    // Another text replaces what was not read.
    flipt_ffi_state_flags(state);
    flipt_ffi_outbox_next();
    assert_eq!(text(flipt_ffi_state_describe(state)), r#"{"namespace":"shop","digest":null,"flags":3000}"#);
    assert_eq!(flipt_ffi_state_release(state), 0);
}

#[test]
fn a_loader_takes_bytes_then_compiles_and_then_is_gone() {
    let _turn = TURN.lock();
    let begin = || flipt_ffi_load_begin(DOCUMENT, put(b"shop"));
    assert_eq!(flipt_ffi_load_begin(2, put(b"shop")), BAD_REQUEST);
    assert_eq!(flipt_ffi_load_begin(DOCUMENT, put(b"\xff")), Code::BadUtf8 as u32);
    let loader = begin();
    assert_eq!(flipt_ffi_count(LOADERS), 1);
    assert_eq!(flipt_ffi_load_take(loader), Code::BadOrder as u32);
    assert_eq!(flipt_ffi_load_write(loader, BUFFER_LENGTH as u32 + 1), BAD_REQUEST);
    assert_eq!(flipt_ffi_load_write(loader, put(b"{")), 0);
    assert_eq!(flipt_ffi_load_finish(loader), 0);
    assert_eq!(flipt_ffi_load_finish(loader), Code::BadOrder as u32);
    assert_eq!(flipt_ffi_load_write(loader, put(b"}")), Code::BadOrder as u32);
    assert_eq!(flipt_ffi_load_take(loader), Code::InvalidDocument as u32);
    let why = String::from_utf8(outbox()).expect("text");
    assert!(why.starts_with("the document is not valid: EOF"), "{why}");
    let gone = [
        flipt_ffi_load_take(loader),
        flipt_ffi_load_abort(loader),
        flipt_ffi_load_finish(loader),
        flipt_ffi_load_write(loader, 0),
    ];
    assert_eq!(gone, [BAD_HANDLE; 4]);
    let loader = begin();
    assert_eq!((flipt_ffi_load_abort(loader), flipt_ffi_load_take(loader)), (0, BAD_HANDLE));
    assert_eq!(
        (flipt_ffi_count(LOADERS), flipt_ffi_count(4), flipt_ffi_count(u32::MAX)),
        (0, BAD_REQUEST, BAD_REQUEST)
    );
}

/// Whether the state of this handle is its channel's current one.
fn check(state: u32) -> u32 {
    put(&request(state, 0, &[]));
    flipt_ffi_state_check()
}

#[test]
fn a_follower_learns_that_its_state_is_outdated_and_follows_again() {
    let _turn = TURN.lock();
    let (one, two) = (loaded("one"), loaded("two"));
    let channel = flipt_ffi_channel_open(one);
    assert_eq!((channel < FIRST, flipt_ffi_count(CHANNELS)), (true, 1));
    // One that came from no channel is never outdated.
    assert_eq!(check(one), 0);
    let followed = flipt_ffi_channel_follow(channel);
    assert_eq!((check(followed), flipt_ffi_count(STATES)), (0, 3));
    assert!(text(flipt_ffi_state_describe(followed)).contains(r#""digest":"one""#));
    assert_eq!(flipt_ffi_channel_publish(channel, two), 0);
    assert_eq!((check(followed), check(one)), (OUTDATED, 0));
    // It answers all the same.
    assert!(text(flipt_ffi_state_describe(followed)).contains(r#""digest":"one""#));
    assert_eq!(flipt_ffi_state_release(followed), 0);

    let other_thread = std::thread::spawn(move || {
        let followed = flipt_ffi_channel_follow(channel);
        assert!(text(flipt_ffi_state_describe(followed)).contains(r#""digest":"two""#));
        assert_eq!(check(followed), 0);
        // It is the channel of another thread, and so is the second state.
        assert_eq!((flipt_ffi_channel_close(channel), check(two)), (BAD_HANDLE, BAD_HANDLE));
        let own = flipt_ffi_channel_open(followed);
        assert_eq!((own < FIRST, flipt_ffi_count(CHANNELS)), (true, 2));
        own
    });
    let own = other_thread.join().expect("no panic");
    // A thread that ends closes its channels, and lets go of its states.
    assert_eq!((flipt_ffi_channel_follow(own), flipt_ffi_count(CHANNELS), flipt_ffi_count(STATES)), (BAD_HANDLE, 1, 2));

    let followed = flipt_ffi_channel_follow(channel);
    assert_eq!(check(followed), 0);
    assert_eq!((flipt_ffi_channel_close(channel), flipt_ffi_count(CHANNELS)), (0, 0));
    assert_eq!(check(followed), OUTDATED);
    assert_eq!((flipt_ffi_channel_close(channel), flipt_ffi_channel_follow(channel)), (BAD_HANDLE, BAD_HANDLE));
    assert_eq!(flipt_ffi_channel_publish(channel, two), BAD_HANDLE);
    for state in [one, two, followed] {
        assert_eq!(flipt_ffi_state_release(state), 0);
    }
    assert_eq!(check(one), BAD_HANDLE);
    assert_eq!(flipt_ffi_count(STATES), 0);
}

#[test]
fn a_large_document_is_compiled_elsewhere_meanwhile() {
    let _turn = TURN.lock();
    let flags: Vec<String> = (0..5_000).map(|n| format!(r#"{{"key":"f{n}","name":"","enabled":true}}"#)).collect();
    let document = format!(r#"{{"namespace":{{"key":"shop"}},"flags":[{}]}}"#, flags.join(","));
    assert!(document.len() > 2 * BUFFER_LENGTH);
    for bytes in [document.clone(), format!("{document}x"), document[..document.len() - 1].to_owned()] {
        match load(DOCUMENT, bytes.as_bytes()) {
            Ok(state) => {
                assert_eq!(bytes, document);
                assert_eq!(find(state, "f4999"), 4_999);
                assert_eq!(flipt_ffi_state_release(state), 0);
            }
            Err(why) => assert!(bytes != document && why.starts_with("the document is not valid: "), "{why}"),
        }
    }
}

#[test]
fn panics_print_nothing_once_the_version_was_asked_for() {
    const CHILD: &str = "FLIPT_FFI_TEST_SILENCE";
    if std::env::var_os(CHILD).is_some() {
        flipt_ffi_abi_version();
        let caught = std::panic::catch_unwind(|| panic!("on purpose"));
        std::process::exit(i32::from(caught.is_ok()));
    }
    let itself = std::env::current_exe().expect("a test has a file");
    let arguments = ["--exact", "panics_print_nothing_once_the_version_was_asked_for", "--nocapture"];
    let output = std::process::Command::new(itself).args(arguments).env(CHILD, "1").output().expect("a test starts");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
