//! Documents on their way in: bytes go to a thread as they arrive, which collects and compiles them, so that no event loop
//! waits. Loaders belong to the process and are found by number from any thread.

use crate::code;
use crate::compile::{compile_document, compile_snapshot};
use crate::os::spawn_in_background;
use crate::slab::{Slab, lock};
use crate::snapshot;
use crate::state::State;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

/// What the bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The JSON that a server sends.
    Document,
    /// The base64 text of a snapshot.
    Snapshot,
}

/// What a loader's thread is told.
enum Message {
    Bytes(Vec<u8>),
    /// These were all bytes.
    Compile,
}

/// How far a loader is.
enum Progress {
    Collecting(Sender<Message>),
    Compiling,
    Finished(Result<Arc<State>, String>),
}

/// What a loader gave.
pub enum Taken {
    State(Arc<State>),
    Invalid(String),
}

static LOADERS: Slab<Arc<Mutex<Progress>>> = Slab::new();

/// Starts to collect, on a thread that ends with the loader; the number of the loader.
pub fn begin(format: Format, namespace: String) -> Result<u32, u32> {
    let (sender, receiver) = channel();
    let loader = Arc::new(Mutex::new(Progress::Collecting(sender)));
    // Only the slab holds the loader, and with it the sender, for whose end the thread waits.
    let weak = Arc::downgrade(&loader);
    let handle = LOADERS.add(loader)?;
    let work = move || {
        // What nobody waits for any more is dropped here.
        if let Some(result) = work(&receiver, format, &namespace)
            && let Some(loader) = weak.upgrade()
        {
            *lock(&loader) = Progress::Finished(result);
        }
    };
    if spawn_in_background("flipt-compile", work).is_err() {
        release(handle)?;
        return Err(code::EXHAUSTED);
    }
    Ok(handle)
}

/// Takes the next bytes.
pub fn write(handle: u32, more: &[u8]) -> Result<(), u32> {
    let loader = LOADERS.get(handle)?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(more.len()).map_err(|_| code::EXHAUSTED)?;
    bytes.extend_from_slice(more);
    match &*lock(&loader) {
        Progress::Collecting(thread) => thread.send(Message::Bytes(bytes)).map_err(|_| code::BAD_ORDER),
        _ => Err(code::BAD_ORDER),
    }
}

/// Starts to compile what was collected.
pub fn finish(handle: u32) -> Result<(), u32> {
    let loader = LOADERS.get(handle)?;
    let mut progress = lock(&loader);
    match std::mem::replace(&mut *progress, Progress::Compiling) {
        Progress::Collecting(thread) => thread.send(Message::Compile).map_err(|_| code::BAD_ORDER),
        other => {
            *progress = other;
            Err(code::BAD_ORDER)
        }
    }
}

/// What became of a loader; the loader is gone afterwards. [`code::PENDING`] while it compiles.
pub fn take(handle: u32) -> Result<Taken, u32> {
    let loader = LOADERS.get(handle)?;
    let mut progress = lock(&loader);
    match &*progress {
        Progress::Collecting { .. } => return Err(code::BAD_ORDER),
        Progress::Compiling => return Err(code::PENDING),
        Progress::Finished(_) => {}
    }
    let finished = std::mem::replace(&mut *progress, Progress::Compiling);
    drop(progress);
    release(handle)?;
    match finished {
        Progress::Finished(Ok(state)) => Ok(Taken::State(state)),
        Progress::Finished(Err(why)) => Ok(Taken::Invalid(why)),
        _ => Err(code::BAD_ORDER),
    }
}

/// Forgets a loader, at whatever stage; what its thread still makes is dropped there.
pub fn release(handle: u32) -> Result<(), u32> {
    LOADERS.remove(handle).map(drop)
}

/// How many loaders there are.
pub fn count() -> u32 {
    LOADERS.count()
}

/// The result of a loader; `None` when the loader is gone before it has all bytes.
fn work(messages: &Receiver<Message>, format: Format, namespace: &str) -> Option<Result<Arc<State>, String>> {
    let mut bytes = Ok(Vec::new());
    while let Message::Bytes(more) = messages.recv().ok()? {
        bytes = bytes.and_then(|bytes| joined(bytes, &more));
    }
    let load = || load(format, namespace, &bytes?);
    Some(catch_unwind(AssertUnwindSafe(load)).unwrap_or_else(|_| Err("the engine failed on it".to_owned())))
}

fn joined(mut bytes: Vec<u8>, more: &[u8]) -> Result<Vec<u8>, String> {
    bytes.try_reserve(more.len()).map_err(|_| "the document is larger than the memory".to_owned())?;
    bytes.extend_from_slice(more);
    Ok(bytes)
}

fn load(format: Format, namespace: &str, bytes: &[u8]) -> Result<Arc<State>, String> {
    let state = match format {
        Format::Document => compile_document(text(bytes)?, namespace)?,
        Format::Snapshot => compile_snapshot(text(&snapshot::decode(bytes)?)?, namespace)?,
    };
    Ok(Arc::new(state))
}

/// Checked once as a whole, which is faster than string by string.
fn text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|error| format!("the document is not valid UTF-8 text: {error}"))
}
