//! Loaders: documents on their way in. A small one compiles at once, on the thread that asks; the bytes of a large one go
//! to a worker, so that no event loop waits. Loaders belong to the process; any thread finds them by handle.

use crate::code::Code;
use crate::compile::{compile_document, compile_snapshot};
use crate::handle::{Handle, Table};
use crate::lock::lock;
use crate::pages::{OutOfMemory, Pages};
use crate::reading;
use crate::snapshot;
use crate::state::State;
use crate::worker::{self, Work};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// What the bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Format {
    /// The JSON that a server sends.
    Document = 0,
    /// The base64 text of a snapshot.
    Snapshot = 1,
}

/// Documents of fewer bytes compile within a few milliseconds, which is less than it takes to hand them over and to come back
/// for them: the event loop has other things to do meanwhile, and timers of a millisecond.
const SMALL_BYTES: usize = 1 << 19;

type Compiled = Result<Arc<State>, String>;

enum Progress {
    Collecting(Input),
    /// No worker was free so far.
    Waiting(Work, Running),
    Compiling(Running),
    Finished(Compiled),
}

/// What a load was given.
struct Input {
    format: Format,
    namespace: String,
    /// The bytes, as long as there are few.
    small: Vec<u8>,
    /// The bytes, when there are many.
    large: Pages,
}

impl Input {
    fn push(&mut self, more: &[u8]) -> Result<(), OutOfMemory> {
        if self.large.is_empty() {
            if self.small.len() + more.len() < SMALL_BYTES {
                self.small.extend_from_slice(more);
                return Ok(());
            }
            self.large.push(&self.small)?;
            self.small = Vec::new();
        }
        self.large.push(more)
    }

    fn is_large(&self) -> bool {
        !self.large.is_empty()
    }

    fn bytes(&self) -> &[u8] {
        if self.is_large() { &self.large } else { &self.small }
    }
}

/// What a worker and the loader share.
#[derive(Default)]
struct Compilation {
    /// Nobody waits for the result any more.
    stop: Arc<AtomicBool>,
    /// The result is there, and the worker is done with its lock.
    is_finished: AtomicBool,
    result: Mutex<Option<Compiled>>,
}

/// The loader's side of a compilation, which stops with it.
struct Running(Arc<Compilation>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

/// A load.
pub struct Loader(Mutex<Progress>);

/// The number of a loader, for every thread of the process.
pub type LoaderHandle = Handle<Arc<Loader>>;

/// The result of a load.
pub enum Loaded {
    State(Arc<State>),
    /// Why the document or snapshot was refused.
    Invalid(String),
}

/// Never locked by a worker, and so neither are the loaders in it.
static LOADERS: Mutex<Table<Arc<Loader>, 12>> = Mutex::new(Table::new());

/// Begins a load. Returns the loader's handle.
pub fn begin(format: Format, namespace: String) -> Result<LoaderHandle, Code> {
    let input = Input { format, namespace, small: Vec::new(), large: Pages::default() };
    lock(&LOADERS).insert(Arc::new(Loader(Mutex::new(Progress::Collecting(input)))))
}

/// Adds bytes.
pub fn write(handle: LoaderHandle, more: &[u8]) -> Result<(), Code> {
    let loader = find(handle)?;
    match &mut *lock(&loader.0) {
        Progress::Collecting(input) => input.push(more).map_err(|_| Code::Exhausted),
        _ => Err(Code::BadOrder),
    }
}

/// Starts to compile the bytes.
pub fn finish(handle: LoaderHandle) -> Result<(), Code> {
    let loader = find(handle)?;
    let mut progress = lock(&loader.0);
    // Replaced in any case but a panic.
    match std::mem::replace(&mut *progress, Progress::Finished(Err(FAILED.to_owned()))) {
        Progress::Collecting(input) => {
            *progress = if !input.is_large() {
                Progress::Finished(load(&input, false))
            } else {
                let compilation = Arc::new(Compilation::default());
                let running = Running(Arc::clone(&compilation));
                start(Box::new(move || compilation.run(input)), running)
            };
            Ok(())
        }
        other => {
            *progress = other;
            Err(Code::BadOrder)
        }
    }
}

/// What is said of a panic.
const FAILED: &str = "the engine failed on it";

fn start(work: Work, running: Running) -> Progress {
    match worker::hand_over(work) {
        Ok(()) => Progress::Compiling(running),
        Err(work) if worker::exist() => Progress::Waiting(work, running),
        Err(_) => Progress::Finished(Err("there is no thread to compile it".to_owned())),
    }
}

/// Returns the result, and ends the loader; [`Code::Pending`] while it compiles.
pub fn take(handle: LoaderHandle) -> Result<Loaded, Code> {
    let loader = find(handle)?;
    let mut progress = lock(&loader.0);
    let finished = match std::mem::replace(&mut *progress, Progress::Finished(Err(FAILED.to_owned()))) {
        Progress::Finished(result) => result,
        Progress::Waiting(work, running) => {
            *progress = start(work, running);
            return Err(Code::Pending);
        }
        Progress::Compiling(running) if running.0.is_finished.load(Ordering::Acquire) => {
            lock(&running.0.result).take().unwrap_or_else(|| Err(FAILED.to_owned()))
        }
        other => {
            let code = if matches!(other, Progress::Collecting(_)) { Code::BadOrder } else { Code::Pending };
            *progress = other;
            return Err(code);
        }
    };
    drop(progress);
    release(handle)?;
    Ok(finished.map_or_else(Loaded::Invalid, Loaded::State))
}

/// Ends a loader at any stage; a worker that compiles it stops.
pub fn release(handle: LoaderHandle) -> Result<(), Code> {
    let released = lock(&LOADERS).remove(handle);
    released.map(drop)
}

/// How many loaders there are.
pub fn count() -> usize {
    lock(&LOADERS).len()
}

fn find(handle: LoaderHandle) -> Result<Arc<Loader>, Code> {
    lock(&LOADERS).get(handle).cloned()
}

impl Compilation {
    /// On a worker.
    fn run(&self, input: Input) {
        let result = reading::stoppable(&self.stop, || load(&input, true));
        drop(input);
        if self.stop.load(Ordering::Relaxed) {
            return;
        }
        *lock(&self.result) = Some(result);
        self.is_finished.store(true, Ordering::Release);
    }
}

fn load(input: &Input, is_from_worker: bool) -> Compiled {
    let load = || {
        let bytes = input.bytes();
        let mut state = match input.format {
            Format::Document => compile_document(text(bytes)?, &input.namespace)?,
            Format::Snapshot => compile_snapshot(text(&snapshot::decode(bytes)?)?, &input.namespace)?,
        };
        state.is_from_worker = is_from_worker;
        Ok(Arc::new(state))
    };
    catch_unwind(AssertUnwindSafe(load)).unwrap_or_else(|_| Err(FAILED.to_owned()))
}

/// Checked once as a whole, which is faster than string by string.
fn text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|error| format!("the document is not valid UTF-8 text: {error}"))
}

#[cfg(test)]
mod tests {
    use super::{Compilation, Format, Input, Pages, Running, SMALL_BYTES};
    use std::sync::Arc;
    use std::sync::atomic::Ordering;

    #[test]
    fn a_compilation_stops_when_nobody_waits_for_it() {
        let compilation = Arc::new(Compilation::default());
        let running = Running(Arc::clone(&compilation));
        assert!(!compilation.stop.load(Ordering::Relaxed));
        drop(running);
        assert!(compilation.stop.load(Ordering::Relaxed));
    }

    #[test]
    fn what_a_load_was_given_is_large_from_half_a_mebibyte_on() {
        for (pieces, is_large) in [
            (&[SMALL_BYTES - 1][..], false),
            (&[SMALL_BYTES], true),
            (&[1, SMALL_BYTES - 2], false),
            (&[1, SMALL_BYTES - 1], true),
            (&[1, SMALL_BYTES, 1], true),
        ] {
            let mut input = Input {
                format: Format::Document,
                namespace: String::new(),
                small: Vec::new(),
                large: Pages::default(),
            };
            let mut expected = Vec::new();
            for (n, &length) in pieces.iter().enumerate() {
                let piece = vec![n as u8; length];
                input.push(&piece).expect("there is memory");
                expected.extend(piece);
            }
            assert_eq!((input.is_large(), input.bytes() == expected), (is_large, true), "{pieces:?}");
        }
    }
}
