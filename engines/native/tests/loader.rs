//! Loaders end with the thread that began them, so that a thread that dies in the middle of a load leaves nothing behind.

use flipt_ffi_engine::abi::{
    flipt_ffi_count, flipt_ffi_load_abort, flipt_ffi_load_begin, flipt_ffi_load_finish, flipt_ffi_load_write,
};
use std::time::Duration;

const DOCUMENT: u32 = 0;
const LOADERS: u32 = 1;

/// How many threads of loaders there are; 0 where the system cannot tell.
fn compile_threads() -> usize {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return 0 };
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "flipt-compile").count()
}

// One test, since others would have loaders meanwhile.
#[test]
fn a_loader_ends_with_its_thread() {
    let loader = flipt_ffi_load_begin(DOCUMENT, 0);
    let others = std::thread::spawn(|| {
        let collecting = flipt_ffi_load_begin(DOCUMENT, 0);
        assert_eq!(flipt_ffi_load_write(collecting, 100), 0);
        let compiling = flipt_ffi_load_begin(DOCUMENT, 0);
        assert_eq!(flipt_ffi_load_finish(compiling), 0);
        assert_eq!(flipt_ffi_count(LOADERS), 3);
        [collecting, compiling]
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
        compile_threads() == 0
    });
    assert!(is_over, "{} threads of loaders are left", compile_threads());
}
