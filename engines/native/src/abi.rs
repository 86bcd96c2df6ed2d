//! The C ABI: a thin boundary that validates and delegates. Functions take and return 32-bit numbers (but
//! for the buffer's address); data goes through one buffer per thread, which this library owns and JavaScript maps. A
//! result of [`crate::code::FIRST`] or above is a [`Code`].
//!
//! A panic becomes [`Code::Panic`], and a wrong handle, index, length or text a code of its own: lengths are checked
//! against the buffer, handles against the tables of the thread or the process.

use crate::clock::Clock;
use crate::code::Code;
use crate::loader::{self, Format};
use crate::lock::lock;
use crate::panics::{self, guarded};
use crate::request::header;
use crate::state::{Flag, State};
use crate::thread::{Thread, held_state_count};
use crate::{channel, definition, describe, os, snapshot, worker};
use std::cell::{Cell, RefCell};
use std::panic::catch_unwind;
use std::ptr::NonNull;
use std::sync::Mutex;

/// The version of this ABI; a binding refuses any other.
pub const ABI_VERSION: u32 = 1;

/// The length of a thread's buffer in bytes.
pub const BUFFER_LENGTH: usize = 1 << 16;

/// The memory of a buffer, aligned so that JavaScript can map it as 32-bit numbers and doubles.
#[repr(C, align(64))]
struct Memory([u8; BUFFER_LENGTH]);

/// A thread's buffer. It is never freed: JavaScript may look at it as long as its thread lives, and nothing here can tell
/// how long that is. The next thread takes it over instead.
#[derive(Clone, Copy)]
struct Buffer(NonNull<Memory>);

// SAFETY: a buffer is in the pool or with exactly one thread, and only that thread's calls look into it.
unsafe impl Send for Buffer {}

static POOL: Mutex<Vec<Buffer>> = Mutex::new(Vec::new());

impl Buffer {
    fn take() -> Buffer {
        let pooled = lock(&POOL).pop();
        pooled.unwrap_or_else(|| Buffer(NonNull::from(Box::leak(Box::new(Memory([0; BUFFER_LENGTH]))))))
    }

    /// Its bytes.
    #[inline]
    fn input<'a>(self) -> &'a [u8] {
        // SAFETY: the memory is never freed, and while this call runs nothing writes to it: JavaScript of this thread
        // waits for the call, no other thread has the buffer, and `output` is only used when no slice of it is left.
        unsafe { &self.0.as_ref().0 }
    }

    /// Its bytes, to write to. The caller holds no slice from `input`.
    #[inline]
    fn output<'a>(mut self) -> &'a mut [u8] {
        // SAFETY: as for `input`; callers take it last, once, and drop it before the call returns.
        unsafe { &mut self.0.as_mut().0 }
    }
}

/// What every evaluation on a thread needs, also one in JavaScript, which takes the time only: finding what belongs to a
/// thread is a good part of what it costs to take it.
struct Desk {
    /// The thread's buffer, which goes back to the pool when the thread ends.
    buffer: Cell<Option<Buffer>>,
    clock: RefCell<Clock>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        if let Some(buffer) = self.buffer.take() {
            lock(&POOL).push(buffer);
        }
    }
}

thread_local! {
    static DESK: Desk = const { Desk { buffer: Cell::new(None), clock: RefCell::new(Clock::new()) } };
    static THREAD: RefCell<Thread> = RefCell::new(Thread::default());
}

/// Returns what `look` makes of the buffer and the clock of this thread, which a thread that is ending has no more.
#[inline]
fn at_desk<T>(look: impl FnOnce(Buffer, &mut Clock) -> T) -> Result<T, Code> {
    DESK.try_with(|desk| {
        let buffer = desk.buffer.get().unwrap_or_else(Buffer::take);
        desk.buffer.set(Some(buffer));
        Ok(look(buffer, &mut *desk.clock.try_borrow_mut().map_err(|_| Code::BadOrder)?))
    })
    .unwrap_or(Err(Code::BadHandle))
}

fn buffer() -> Result<Buffer, Code> {
    at_desk(|buffer, _| buffer)
}

/// The first `length` bytes of this thread's buffer.
fn input<'a>(length: u32) -> Result<&'a [u8], Code> {
    buffer()?.input().get(..length as usize).ok_or(Code::BadRequest)
}

fn text(length: u32) -> Result<&'static str, Code> {
    std::str::from_utf8(input(length)?).map_err(|_| Code::BadUtf8)
}

/// Runs a call with the state of this thread, which a thread that is ending has no more.
#[inline]
fn on_thread<T: Into<u32>>(call: impl FnOnce(&mut Thread) -> Result<T, Code>) -> u32 {
    guarded(|| {
        THREAD
            .try_with(|thread| call(&mut *thread.try_borrow_mut().map_err(|_| Code::BadOrder)?))
            .unwrap_or(Err(Code::BadHandle))
    })
}

/// Writes what `write` makes of a state to the outbox. Returns the length.
fn post(state: u32, write: impl FnOnce(&State) -> Vec<u8>) -> u32 {
    on_thread(|thread| {
        let bytes = write(thread.state(state.into())?);
        thread.write_outbox(bytes)
    })
}

/// Writes what `write` makes of a flag to the outbox. Returns the length.
fn post_flag(state: u32, flag: u32, write: impl FnOnce(&State, &Flag) -> Vec<u8>) -> u32 {
    on_thread(|thread| {
        let (state, flag) = thread.flag(state.into(), flag.into())?;
        let bytes = write(state, flag);
        thread.write_outbox(bytes)
    })
}

/// Returns the version of the ABI. Called first; from then on panics print nothing, since each is caught and reported as a
/// code, and standard error belongs to the program.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_abi_version() -> u32 {
    panics::silence();
    ABI_VERSION
}

/// Returns the address of this thread's buffer, which is valid until the process ends; 0 when the thread is ending.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_buffer() -> u64 {
    catch_unwind(|| buffer().map_or(0, |Buffer(memory)| memory.as_ptr().addr() as u64)).unwrap_or(0)
}

/// Returns the length of a thread's buffer in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_buffer_length() -> u32 {
    BUFFER_LENGTH as u32
}

/// Begins a load of the given `Format`, for the namespace whose name is the first `namespace_length` bytes of the
/// buffer. Returns the loader's handle; the loader ends with this thread at the latest.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_load_begin(format: u32, namespace_length: u32) -> u32 {
    on_thread(|thread| {
        let format = [Format::Document, Format::Snapshot].into_iter().find(|&each| each as u32 == format);
        thread.begin_load(format.ok_or(Code::BadRequest)?, text(namespace_length)?.to_owned())
    })
}

/// Gives a loader the first `length` bytes of the buffer. Returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_load_write(loader: u32, length: u32) -> u32 {
    guarded(|| loader::write(loader.into(), input(length)?).map(|()| 0_u32))
}

/// Starts to compile what a loader was given. Returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_load_finish(loader: u32) -> u32 {
    guarded(|| loader::finish(loader.into()).map(|()| 0_u32))
}

/// Returns the handle, on this thread, of the state that a loader made; PENDING as long as it compiles, or
/// INVALID_DOCUMENT with the reason in the outbox. Anything but PENDING ends the loader.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_load_take(loader: u32) -> u32 {
    on_thread(|thread| thread.take_load(loader.into()))
}

/// Ends a loader at any stage. Returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_load_abort(loader: u32) -> u32 {
    on_thread(|thread| thread.abort_load(loader.into()).map(|()| 0_u32))
}

/// Lets go of a state, whose memory is freed with its last holder. Returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_state_release(state: u32) -> u32 {
    on_thread(|thread| thread.release(state.into()).map(|()| 0_u32))
}

/// Opens a channel that publishes `state`. Returns its handle; closed with this thread at the latest.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_channel_open(state: u32) -> u32 {
    on_thread(|thread| thread.open_channel(state.into()))
}

/// Publishes `state` in place of the channel's current one. Returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_channel_publish(channel: u32, state: u32) -> u32 {
    on_thread(|thread| thread.publish(channel.into(), state.into()).map(|()| 0_u32))
}

/// Closes a channel of this thread: what its followers hold is outdated for good. Returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_channel_close(channel: u32) -> u32 {
    on_thread(|thread| thread.close_channel(channel.into()).map(|()| 0_u32))
}

/// Returns the handle, on this thread, of a channel's current state.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_channel_follow(channel: u32) -> u32 {
    on_thread(|thread| thread.follow(channel.into()))
}

/// Returns 0, or OUTDATED when the state whose handle is the first word of the buffer came from a channel that has
/// another one or is closed. Without parameters, as `flipt_ffi_evaluate`.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_state_check() -> u32 {
    on_thread(|thread| {
        let (state, _) = header(buffer()?.input()).map_err(|_| Code::BadRequest)?;
        if thread.is_current(state)? { Ok(0_u32) } else { Err(Code::Outdated) }
    })
}

/// Writes what is known of a state as a whole (a JSON object) to the outbox. Returns the length.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_state_describe(state: u32) -> u32 {
    post(state, describe::state)
}

/// Writes the list of a state's flags (a JSON array) to the outbox. Returns the length.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_state_flags(state: u32) -> u32 {
    post(state, describe::list)
}

/// Writes a state's snapshot (base64 text) to the outbox. Returns the length.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_state_snapshot(state: u32) -> u32 {
    post(state, snapshot::write)
}

/// Writes the keys of the flags that differ between two states (a JSON array) to the outbox. Returns the length.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_state_changed(state: u32, previous: u32) -> u32 {
    on_thread(|thread| {
        let state = thread.state(state.into())?;
        let json = describe::changed(state, thread.state(previous.into())?);
        thread.write_outbox(json)
    })
}

/// Returns the index of the flag whose key is the first `key_length` bytes of the buffer, or NOT_FOUND.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_flag_find(state: u32, key_length: u32) -> u32 {
    on_thread(|thread| {
        let state = thread.state(state.into())?;
        state.find(input(key_length)?).ok_or(Code::NotFound)
    })
}

/// Returns the index of the flag whose key is staged, or NOT_FOUND.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_flag_find_staged(state: u32) -> u32 {
    on_thread(|thread| {
        let key = thread.unstage();
        thread.state(state.into())?.find(&key).ok_or(Code::NotFound)
    })
}

/// Returns 1 when a flag has at most `max_constraints` constraints, whose values have at most `max_bytes` bytes together;
/// otherwise 0.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_flag_fits(state: u32, flag: u32, max_constraints: u32, max_bytes: u32) -> u32 {
    on_thread(|thread| {
        let (state, flag) = thread.flag(state.into(), flag.into())?;
        Ok(describe::fits(state, flag, max_constraints, max_bytes))
    })
}

/// Writes what it takes to evaluate a flag (a JSON object) to the outbox. Returns the length.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_flag_describe(state: u32, flag: u32) -> u32 {
    post_flag(state, flag, describe::flag)
}

/// Writes a flag as a document has it (a JSON object) to the outbox. Returns the length.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_flag_definition(state: u32, flag: u32) -> u32 {
    post_flag(state, flag, definition::write)
}

/// Writes the time to bytes 8 to 15 of the buffer, as `flipt_ffi_evaluate` does. Returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_now() -> u32 {
    guarded(|| {
        at_desk(|buffer, clock| {
            buffer.output()[8..16].copy_from_slice(&clock.now(os::cycles()).to_ne_bytes());
            0_u32
        })
    })
}

/// Evaluates the request in the buffer (see `request`). Returns the index of the outcome. Bytes 0 to 7 of the buffer then
/// have a bit per segment, lowest first: which of the first 64 of an open condition matched (`flipt_ffi_matched` has
/// all). Bytes 8 to 15 have the time, a double: milliseconds since 1970. Without parameters, since Node calls such
/// functions five times faster.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_evaluate() -> u32 {
    on_thread(|thread| {
        at_desk(|buffer, clock| {
            let outcome = thread.evaluate(buffer.input())?;
            report(thread, buffer, clock);
            Ok(outcome)
        })?
    })
}

/// Evaluates the staged request, otherwise as `flipt_ffi_evaluate`.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_evaluate_staged() -> u32 {
    on_thread(|thread| {
        let request = thread.unstage();
        let outcome = thread.evaluate(&request)?;
        at_desk(|buffer, clock| report(thread, buffer, clock))?;
        Ok(outcome)
    })
}

/// Writes what an evaluation reports beside its outcome. The clock is read here because JavaScript's own costs several
/// times as much.
#[inline]
fn report(thread: &Thread, buffer: Buffer, clock: &mut Clock) {
    let now = clock.now(os::cycles());
    let matched = thread.matched().first().copied().unwrap_or_default();
    let output = buffer.output();
    output[..8].copy_from_slice(&matched.to_le_bytes());
    output[8..16].copy_from_slice(&now.to_ne_bytes());
}

/// Writes a bit per segment, lowest first, to the outbox: which of the first `segments` matched in the last open condition
/// that this thread evaluated. Returns the length in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_matched(segments: u32) -> u32 {
    on_thread(|thread| {
        let words = thread.matched().get(..(segments as usize).div_ceil(64)).ok_or(Code::BadRequest)?;
        let bytes = words.iter().flat_map(|word| word.to_le_bytes()).take((segments as usize).div_ceil(8)).collect();
        thread.write_outbox(bytes)
    })
}

/// Appends the first `length` bytes of the buffer to the staged request. Returns the length of that.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_stage(length: u32) -> u32 {
    on_thread(|thread| thread.stage(input(length)?))
}

/// Drops the staged request. Returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_unstage() -> u32 {
    on_thread(|thread| {
        thread.unstage();
        Ok(0_u32)
    })
}

/// Copies the next bytes of the outbox to the buffer. Returns how many; 0 at the end.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_outbox_next() -> u32 {
    on_thread(|thread| Ok(thread.read_outbox(buffer()?.output()) as u32))
}

/// What the process has that can be counted.
#[derive(Clone, Copy)]
#[repr(u32)]
enum Count {
    /// States, once per thread that holds them.
    States = 0,
    Loaders = 1,
    Channels = 2,
    /// Workers that compile or free something.
    BusyWorkers = 3,
}

/// Returns the given `Count`.
#[unsafe(no_mangle)]
pub extern "C" fn flipt_ffi_count(what: u32) -> u32 {
    guarded(|| {
        let all = [Count::States, Count::Loaders, Count::Channels, Count::BusyWorkers];
        let what = all.into_iter().find(|&each| each as u32 == what);
        match what.ok_or(Code::BadRequest)? {
            Count::States => Ok(held_state_count()),
            Count::Loaders => Ok(loader::count() as u32),
            Count::Channels => Ok(channel::count() as u32),
            Count::BusyWorkers => Ok(worker::busy_count() as u32),
        }
    })
}
