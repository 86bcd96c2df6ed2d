//! Loaders end with the thread that began them, so that a thread that dies in the middle of a load leaves nothing behind.

#[allow(dead_code, reason = "this test loads by itself")]
mod common;

use common::{outbox, put};
use flipt_ffi_engine::abi::{
    BUFFER_LENGTH, flipt_ffi_count, flipt_ffi_load_abort, flipt_ffi_load_begin, flipt_ffi_load_finish,
    flipt_ffi_load_take, flipt_ffi_load_write,
};
use flipt_ffi_engine::code::Code;
use std::time::Duration;

const DOCUMENT: u32 = 0;
const LOADERS: u32 = 1;
const BUSY_WORKERS: u32 = 3;

/// How many threads of workers there are; 0 where the system cannot tell.
fn worker_threads() -> usize {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return 0 };
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "flipt-worker").count()
}

/// Begins a load of a document that is large, and not valid at its end.
fn large() -> u32 {
    let loader = flipt_ffi_load_begin(DOCUMENT, 0);
    let bytes = put(&[b' '; BUFFER_LENGTH]);
    for _ in 0..100 {
        assert_eq!(flipt_ffi_load_write(loader, bytes), 0);
    }
    loader
}

// One test, since others would have loaders meanwhile.
#[test]
fn loaders_end_with_their_thread_and_workers_with_nothing_to_do() {
    // A small document needs no other thread, nor any waiting.
    let loader = flipt_ffi_load_begin(DOCUMENT, 0);
    assert_eq!(flipt_ffi_load_finish(loader), 0);
    assert_eq!(flipt_ffi_load_take(loader), Code::InvalidDocument as u32);
    assert_eq!((flipt_ffi_count(LOADERS), worker_threads()), (0, 0));

    let loader = flipt_ffi_load_begin(DOCUMENT, 0);
    let others = std::thread::spawn(|| {
        let collecting = flipt_ffi_load_begin(DOCUMENT, 0);
        assert_eq!(flipt_ffi_load_write(collecting, 100), 0);
        let compiling: Vec<u32> = (0..20).map(|_| large()).collect();
        for &loader in &compiling {
            assert_eq!(flipt_ffi_load_finish(loader), 0);
        }
        assert_eq!(flipt_ffi_count(LOADERS), 22);
        // One that ends before leaves the others to the thread.
        assert_eq!(flipt_ffi_load_abort(flipt_ffi_load_begin(DOCUMENT, 0)), 0);
        let taken = flipt_ffi_load_begin(DOCUMENT, 0);
        assert_eq!(flipt_ffi_load_finish(taken), 0);
        assert_eq!(flipt_ffi_load_take(taken), Code::InvalidDocument as u32);
        assert_eq!(flipt_ffi_count(LOADERS), 22);
        [vec![collecting], compiling].concat()
    });
    let others = others.join().expect("the thread ends well");
    assert_eq!(flipt_ffi_count(LOADERS), 1);
    for other in others {
        assert_ne!(flipt_ffi_load_abort(other), 0);
    }
    assert_eq!(flipt_ffi_load_abort(loader), 0);
    assert_eq!(flipt_ffi_count(LOADERS), 0);
    let is_over = (0..1_000).any(|_| {
        std::thread::sleep(Duration::from_millis(5));
        flipt_ffi_count(BUSY_WORKERS) == 0
    });
    assert!(is_over, "{} workers are busy", flipt_ffi_count(BUSY_WORKERS));
    many_large_loads_are_all_done();
    assert!(worker_threads() <= 4, "{} workers", worker_threads());
}

/// Loads that find no free worker get their turn.
fn many_large_loads_are_all_done() {
    let loaders: Vec<u32> = (0..20).map(|_| large()).collect();
    for &loader in &loaders {
        assert_eq!(flipt_ffi_load_finish(loader), 0);
    }
    for loader in loaders {
        let taken = (0..10_000).map(|_| flipt_ffi_load_take(loader)).find(|&taken| {
            if taken == Code::Pending as u32 {
                std::thread::sleep(Duration::from_micros(500));
            }
            taken != Code::Pending as u32
        });
        assert_eq!(taken, Some(Code::InvalidDocument as u32));
        let why = String::from_utf8(outbox()).expect("text");
        assert!(why.starts_with("the document is not valid: EOF"), "{why}");
    }
}
