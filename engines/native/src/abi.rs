//! The C ABI. Every function takes and gives 32-bit numbers (but for the buffer's
//! address); data goes through one buffer a thread, which this library owns and JavaScript maps. An answer of
//! [`crate::code::FIRST`] or above is a code of [`crate::code`].
//!
//! A panic never leaves: it becomes [`code::PANIC`]. A handle, index or length that is wrong becomes a code, too: lengths
//! are checked against the buffer, handles against the thread's own tables.

use crate::loader::{self, Format};
use crate::slots::header;
use crate::thread::{Thread, held};
use crate::{channel, code, definition, describe, os, snapshot};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, PoisonError};

/// The version of this ABI; a binding refuses any other.
pub const ABI_VERSION: u32 = 1;

/// The length of a thread's buffer in bytes.
pub const BUFFER_LENGTH: usize = 1 << 16;

/// The memory of a buffer, aligned so that JavaScript can look at it as 32-bit numbers.
#[repr(C, align(64))]
struct Memory([u8; BUFFER_LENGTH]);

/// A buffer that some thread has or had. It is never freed: JavaScript may look at it as long as its thread lives, and
/// nothing here can tell for how long that is. The next thread takes it over instead.
#[derive(Clone, Copy)]
struct Buffer(NonNull<Memory>);

// SAFETY: a buffer is in the pool or with exactly one thread, and only that thread's calls look into it.
unsafe impl Send for Buffer {}

static POOL: Mutex<Vec<Buffer>> = Mutex::new(Vec::new());

impl Buffer {
    fn take() -> Buffer {
        let pooled = POOL.lock().unwrap_or_else(PoisonError::into_inner).pop();
        pooled.unwrap_or_else(|| Buffer(NonNull::from(Box::leak(Box::new(Memory([0; BUFFER_LENGTH]))))))
    }
}

/// Gives the buffer back to the pool when its thread ends.
struct Lease(Cell<Option<Buffer>>);

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(buffer) = self.0.take() {
            POOL.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
        }
    }
}

thread_local! {
    static BUFFER: Lease = const { Lease(Cell::new(None)) };
    static THREAD: RefCell<Thread> = RefCell::new(Thread::default());
}

fn buffer() -> Result<Buffer, u32> {
    BUFFER
        .try_with(|lease| {
            let buffer = lease.0.get().unwrap_or_else(Buffer::take);
            lease.0.set(Some(buffer));
            buffer
        })
        .map_err(|_| code::BAD_HANDLE)
}

impl Buffer {
    /// What is in it.
    #[inline]
    fn input<'a>(self) -> &'a [u8] {
        // SAFETY: the memory is never freed, and while this call runs nothing writes to it: JavaScript of this thread
        // waits for the call, no other thread has the buffer, and `output` is only used when no slice of it is left.
        unsafe { &self.0.as_ref().0 }
    }

    /// All of it, to write to. The caller holds no slice from `input`.
    #[inline]
    fn output<'a>(mut self) -> &'a mut [u8] {
        // SAFETY: as for `input`; callers take it last, once, and drop it before the call returns.
        unsafe { &mut self.0.as_mut().0 }
    }
}

/// The first `length` bytes of this thread's buffer.
fn input<'a>(length: u32) -> Result<&'a [u8], u32> {
    buffer()?.input().get(..length as usize).ok_or(code::BAD_REQUEST)
}

fn text(length: u32) -> Result<&'static str, u32> {
    std::str::from_utf8(input(length)?).map_err(|_| code::BAD_UTF8)
}

/// Runs a call: its result, its code, or the code of a panic.
#[inline]
fn guarded(call: impl FnOnce() -> Result<u32, u32>) -> u32 {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => value,
        Ok(Err(code)) => code,
        Err(_) => code::PANIC,
    }
}

/// Runs a call on this thread's states. A thread that is ending has none.
#[inline]
fn on_thread(call: impl FnOnce(&mut Thread) -> Result<u32, u32>) -> u32 {
    guarded(|| {
        THREAD
            .try_with(|thread| call(&mut *thread.try_borrow_mut().map_err(|_| code::BAD_ORDER)?))
            .unwrap_or(Err(code::BAD_HANDLE))
    })
}

/// The version of the ABI.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_abi_version() -> u32 {
    ABI_VERSION
}

/// The address of this thread's buffer, which stays until the process ends; 0 when the thread is ending.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_buffer() -> u64 {
    catch_unwind(|| buffer().map_or(0, |Buffer(memory)| memory.as_ptr().addr() as u64)).unwrap_or(0)
}

/// The length of a thread's buffer in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_buffer_length() -> u32 {
    BUFFER_LENGTH as u32
}

/// Starts a loader for a document (`format` 0) or a snapshot (1) of the namespace whose name is the first
/// `namespace_length` bytes of the buffer; the loader's number. It ends with this thread, if not before.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_load_begin(format: u32, namespace_length: u32) -> u32 {
    on_thread(|thread| {
        let format = match format {
            0 => Format::Document,
            1 => Format::Snapshot,
            _ => return Err(code::BAD_REQUEST),
        };
        thread.begin_load(format, text(namespace_length)?.to_owned())
    })
}

/// Gives a loader the first `length` bytes of the buffer; 0.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_load_write(loader: u32, length: u32) -> u32 {
    guarded(|| loader::write(loader, input(length)?).map(|()| 0))
}

/// Starts to compile what the loader was given; 0.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_load_finish(loader: u32) -> u32 {
    guarded(|| loader::finish(loader).map(|()| 0))
}

/// The number of the finished state on this thread, PENDING while there is none, or INVALID_DOCUMENT with the reason in
/// the outbox. Whatever it is but PENDING ends the loader.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_load_take(loader: u32) -> u32 {
    on_thread(|thread| thread.take_load(loader))
}

/// Forgets a loader at whatever stage; 0.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_load_abort(loader: u32) -> u32 {
    on_thread(|thread| thread.abort_load(loader).map(|()| 0))
}

/// Lets go of a state; 0. Its memory is freed with the last holder.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_state_release(state: u32) -> u32 {
    on_thread(|thread| thread.release(state).map(|()| 0))
}

/// Opens a channel through which other threads follow the state that this one publishes, first `state`; the channel's
/// number. It ends with this thread, if not before.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_channel_open(state: u32) -> u32 {
    on_thread(|thread| thread.open_channel(state))
}

/// Puts `state` in the place of the channel's current one; 0.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_channel_publish(channel: u32, state: u32) -> u32 {
    on_thread(|thread| channel::publish(channel, Arc::clone(thread.state(state)?)).map(|()| 0))
}

/// Ends a channel of this thread; 0. The states that follow it are outdated for good.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_channel_close(channel: u32) -> u32 {
    on_thread(|thread| thread.close_channel(channel).map(|()| 0))
}

/// The number, on this thread, of a channel's current state.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_channel_follow(channel: u32) -> u32 {
    on_thread(|thread| thread.follow(channel))
}

/// 0, or OUTDATED when the state whose number is the first word of the buffer follows a channel that has another one or
/// is closed. Without parameters for the reason that `flipt_ffi_evaluate` has none.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_state_check() -> u32 {
    on_thread(|thread| {
        let (state, _) = header(buffer()?.input()).map_err(|_| code::BAD_REQUEST)?;
        if thread.is_current(state)? { Ok(0) } else { Err(code::OUTDATED) }
    })
}

/// Posts what is known of a state as a whole (JSON) to the outbox; its length.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_state_describe(state: u32) -> u32 {
    on_thread(|thread| {
        let bytes = describe::state(thread.state(state)?);
        thread.post(bytes)
    })
}

/// Posts the list of a state's flags (JSON) to the outbox; its length.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_state_flags(state: u32) -> u32 {
    on_thread(|thread| {
        let bytes = describe::list(thread.state(state)?);
        thread.post(bytes)
    })
}

/// Posts a state's snapshot (base64 text) to the outbox; its length.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_state_snapshot(state: u32) -> u32 {
    on_thread(|thread| {
        let bytes = snapshot::write(thread.state(state)?);
        thread.post(bytes)
    })
}

/// Posts the keys of the flags that differ between two states (a JSON list) to the outbox; its length.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_state_changed(state: u32, previous: u32) -> u32 {
    on_thread(|thread| {
        let bytes = describe::changed(thread.state(state)?, thread.state(previous)?);
        thread.post(bytes)
    })
}

/// The index of the flag whose key is the first `length` bytes of the buffer, or NOT_FOUND.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_flag_find(state: u32, length: u32) -> u32 {
    on_thread(|thread| thread.state(state)?.find(input(length)?).ok_or(code::NOT_FOUND))
}

/// As `flipt_ffi_flag_find`, for a key that was staged.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_flag_find_staged(state: u32) -> u32 {
    on_thread(|thread| {
        let key = thread.unstage();
        thread.state(state)?.find(&key).ok_or(code::NOT_FOUND)
    })
}

/// Posts what evaluations of a flag need (JSON) to the outbox; its length.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_flag_describe(state: u32, flag: u32) -> u32 {
    on_thread(|thread| {
        let (state, flag) = thread.flag(state, flag)?;
        let bytes = describe::flag(state, flag);
        thread.post(bytes)
    })
}

/// Posts one flag as a document has it (JSON) to the outbox; its length.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_flag_definition(state: u32, flag: u32) -> u32 {
    on_thread(|thread| {
        let (state, flag) = thread.flag(state, flag)?;
        let bytes = definition::write(state, flag);
        thread.post(bytes)
    })
}

/// Puts the time where `flipt_ffi_evaluate` puts it; 0.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_now() -> u32 {
    on_thread(|thread| {
        let buffer = buffer()?;
        buffer.output()[8..16].copy_from_slice(&thread.clock.now(os::cycles()).to_ne_bytes());
        Ok(0)
    })
}

/// Evaluates the request in the buffer (see `slots`); the number of the outcome. It has no parameters because Node calls
/// functions without any five times faster. The first eight bytes of the
/// buffer then say by a bit each, lowest first, which of the first 64 segments of an open condition matched
/// (`flipt_ffi_matched` has the rest), the next eight when that was, as a double: milliseconds since 1970.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_evaluate() -> u32 {
    on_thread(|thread| {
        let buffer = buffer()?;
        let outcome = thread.evaluate(buffer.input())?;
        report(thread, buffer);
        Ok(outcome)
    })
}

/// As `flipt_ffi_evaluate`, for a request that was staged.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_evaluate_staged() -> u32 {
    on_thread(|thread| {
        let request = thread.unstage();
        let outcome = thread.evaluate(&request)?;
        report(thread, buffer()?);
        Ok(outcome)
    })
}

/// The clock is read here because JavaScript pays several times as much for it.
#[inline]
fn report(thread: &mut Thread, buffer: Buffer) {
    let now = thread.clock.now(os::cycles());
    let matched = thread.matched().first().copied().unwrap_or_default();
    let output = buffer.output();
    output[..8].copy_from_slice(&matched.to_le_bytes());
    output[8..16].copy_from_slice(&now.to_ne_bytes());
}

/// Posts a bit a segment to the outbox, lowest first: which of the first `segments` matched in the open condition that
/// the last evaluation on this thread met; how many bytes.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_matched(segments: u32) -> u32 {
    on_thread(|thread| {
        let words = thread.matched().get(..(segments as usize).div_ceil(64)).ok_or(code::BAD_REQUEST)?;
        let bytes = words.iter().flat_map(|word| word.to_le_bytes()).take((segments as usize).div_ceil(8)).collect();
        thread.post(bytes)
    })
}

/// Adds the first `length` bytes of the buffer to the staged request; its length so far.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_stage(length: u32) -> u32 {
    on_thread(|thread| thread.stage(input(length)?))
}

/// Drops what is staged; 0.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_unstage() -> u32 {
    on_thread(|thread| {
        thread.unstage();
        Ok(0)
    })
}

/// Copies the next bytes of the outbox into the buffer; how many, 0 at the end.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_outbox_next() -> u32 {
    on_thread(|thread| Ok(thread.collect(buffer()?.output()) as u32))
}

/// How many states are held in the process (`what` 0), how many loaders there are (1), how many channels (2).
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_count(what: u32) -> u32 {
    guarded(|| match what {
        0 => Ok(held()),
        1 => Ok(loader::count()),
        2 => Ok(channel::count()),
        _ => Err(code::BAD_REQUEST),
    })
}
