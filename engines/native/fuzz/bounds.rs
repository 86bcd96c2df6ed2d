//! What every target has: the ABI as C uses it, and bounds on the time and memory of each input.

use flipt_ffi_engine::abi::*;
use flipt_ffi_engine::code::{Code, FIRST};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The system's allocator, with the most memory that was taken at once.
struct Peaking;

static BYTES: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator as it came; counting touches no memory of the caller's.
unsafe impl GlobalAlloc for Peaking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = BYTES.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Peaking = Peaking;

/// An input that takes so many times the median of those of its length is a finding,
const MAX_TIMES_MEDIAN: u32 = 50;
/// unless that is still less than this, which a busy machine takes for anything.
const UNSUSPICIOUS: Duration = Duration::from_millis(20);
/// An input takes at most this many bytes of memory for each of its own, beside a fixed number.
const MAX_GROWTH: usize = 40;
const FIXED_BYTES: usize = 1 << 20;

/// The times of the inputs so far, by the binary logarithm of their lengths.
const LENGTHS: usize = 32;
/// So many times are kept of a length, the newest.
const KEPT: usize = 501;

thread_local! {
    static TIMES: RefCell<Vec<Vec<Duration>>> = RefCell::new(vec![Vec::new(); LENGTHS]);
}

fn timed(input: &[u8], run: &impl Fn(&[u8])) -> Duration {
    let start = Instant::now();
    run(input);
    start.elapsed()
}

/// Runs an input. Panics when it takes too much time or memory.
pub fn bounded(input: &[u8], run: impl Fn(&[u8])) {
    let before = BYTES.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let time = timed(input, &run);
    let taken = PEAK.load(Ordering::Relaxed) - before;
    assert!(taken < FIXED_BYTES + input.len() * MAX_GROWTH, "{} bytes took {taken} of memory", input.len());
    TIMES.with_borrow_mut(|times| {
        let times = &mut times[(usize::BITS - input.len().leading_zeros()) as usize % LENGTHS];
        if times.len() == KEPT {
            let mut sorted = times.clone();
            sorted.sort_unstable();
            let most = (sorted[KEPT / 2] * MAX_TIMES_MEDIAN).max(UNSUSPICIOUS);
            // The machine can be at fault, but not each time.
            let is_slow = time > most && (0..5).all(|_| timed(input, &run) > most);
            assert!(!is_slow, "{} bytes took {time:?}, the median is {:?}", input.len(), sorted[KEPT / 2]);
            times.remove(0);
        }
        times.push(time);
    });
}

/// Writes to the start of this thread's buffer, as much as there is room for. Returns how many bytes.
pub fn put(bytes: &[u8]) -> u32 {
    let length = bytes.len().min(BUFFER_LENGTH);
    // SAFETY: the buffer is that long, this thread's own, and no call runs.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), flipt_ffi_buffer() as *mut u8, length) };
    length as u32
}

/// Reads the outbox.
pub fn outbox() -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let length = flipt_ffi_outbox_next();
        if length == 0 || length >= FIRST {
            return all;
        }
        // SAFETY: the call wrote that many bytes to this thread's buffer.
        all.extend_from_slice(unsafe { std::slice::from_raw_parts(flipt_ffi_buffer() as *const u8, length as usize) });
    }
}

/// Loads a document (0) or snapshot (1) of the namespace `shop`. Returns the state, if it is one.
pub fn load(format: u32, bytes: &[u8]) -> Option<u32> {
    let loader = flipt_ffi_load_begin(format, put(b"shop"));
    for chunk in bytes.chunks(BUFFER_LENGTH) {
        assert_eq!(flipt_ffi_load_write(loader, put(chunk)), 0);
    }
    assert_eq!(flipt_ffi_load_finish(loader), 0);
    loop {
        let taken = flipt_ffi_load_take(loader);
        if taken == Code::Pending as u32 {
            std::thread::sleep(Duration::from_micros(50));
            continue;
        }
        if taken == Code::InvalidDocument as u32 {
            let why = String::from_utf8(outbox()).expect("messages are text");
            assert!(!why.is_empty() && !why.contains("the engine failed"), "{why}");
            return None;
        }
        assert!(taken < FIRST, "{taken:x}");
        return Some(taken);
    }
}

/// Reads everything that a state tells, evaluates each flag, and loads the state again from its snapshot, which tells the
/// same. Releases it.
pub fn read_whole(state: u32) {
    assert!(flipt_ffi_state_flags(state) < FIRST);
    let flags = outbox();
    assert!(flipt_ffi_state_describe(state) < FIRST);
    outbox();
    for flag in 0.. {
        if flipt_ffi_flag_describe(state, flag) >= FIRST {
            break;
        }
        outbox();
        assert!(flipt_ffi_flag_definition(state, flag) < FIRST);
        outbox();
        evaluate(state, flag, b"", 0);
    }
    assert!(flipt_ffi_state_snapshot(state) < FIRST);
    let snapshot = outbox();
    let again = load(1, &snapshot).expect("a snapshot loads");
    assert!(flipt_ffi_state_flags(again) < FIRST);
    assert_eq!(outbox(), flags);
    assert!(flipt_ffi_state_changed(state, again) < FIRST);
    outbox();
    for state in [state, again] {
        assert_eq!(flipt_ffi_state_release(state), 0);
    }
}

/// Evaluates a flag with `values`, cut at every `step` bytes, for as many properties as it takes.
pub fn evaluate(state: u32, flag: u32, values: &[u8], step: usize) {
    for count in 1..40_usize {
        let mut bytes = [state.to_ne_bytes(), flag.to_ne_bytes()].concat();
        let start = 8 + count * 4;
        let ends =
            (1..=count).map(|place| if place == count { values.len() } else { (place * step).min(values.len()) });
        bytes.extend(ends.flat_map(|end| ((start + end) as u32).to_ne_bytes()));
        bytes.extend_from_slice(values);
        put(&bytes);
        let outcome = flipt_ffi_evaluate();
        if outcome < FIRST {
            return;
        }
    }
}
