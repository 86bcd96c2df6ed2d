//! Loaders: documents on their way in. The bytes of each go to a thread of its own as they arrive, which collects and
//! compiles them, so that no event loop waits. Loaders belong to the process; any thread finds them by handle.

use crate::code::Code;
use crate::compile::{compile_document, compile_snapshot};
use crate::handle::{Handle, Table};
use crate::lock::lock;
use crate::os::spawn_in_background;
use crate::snapshot;
use crate::state::State;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
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

/// What a loader's thread receives.
enum Message {
    Bytes(Vec<u8>),
    /// There are no more bytes.
    Compile,
}

enum Progress {
    Collecting(Sender<Message>),
    Compiling,
    Finished(Result<Arc<State>, String>),
}

/// What its thread and its users share of a load.
pub struct Loader(Mutex<Progress>);

/// The number of a loader, for every thread of the process.
pub type LoaderHandle = Handle<Arc<Loader>>;

/// The result of a load.
pub enum Loaded {
    State(Arc<State>),
    /// Why the document or snapshot was refused.
    Invalid(String),
}

static LOADERS: Mutex<Table<Arc<Loader>, 12>> = Mutex::new(Table::new());

/// Begins a load, on a thread that ends with the loader. Returns the loader's handle.
pub fn begin(format: Format, namespace: String) -> Result<LoaderHandle, Code> {
    let (sender, receiver) = channel();
    let loader = Arc::new(Loader(Mutex::new(Progress::Collecting(sender))));
    // Only the table owns the loader, and with it the sender: when both are gone, the thread ends.
    let weak = Arc::downgrade(&loader);
    let handle = lock(&LOADERS).insert(loader)?;
    let work = move || {
        // A result that nobody waits for any more is dropped here.
        if let Some(result) = run(&receiver, format, &namespace)
            && let Some(loader) = weak.upgrade()
        {
            *lock(&loader.0) = Progress::Finished(result);
        }
    };
    if spawn_in_background("flipt-compile", work).is_err() {
        release(handle)?;
        return Err(Code::Exhausted);
    }
    Ok(handle)
}

/// Adds bytes.
pub fn write(handle: LoaderHandle, more: &[u8]) -> Result<(), Code> {
    let loader = find(handle)?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(more.len()).map_err(|_| Code::Exhausted)?;
    bytes.extend_from_slice(more);
    match &*lock(&loader.0) {
        Progress::Collecting(thread) => thread.send(Message::Bytes(bytes)).map_err(|_| Code::BadOrder),
        _ => Err(Code::BadOrder),
    }
}

/// Starts to compile the bytes.
pub fn finish(handle: LoaderHandle) -> Result<(), Code> {
    let loader = find(handle)?;
    let mut progress = lock(&loader.0);
    match std::mem::replace(&mut *progress, Progress::Compiling) {
        Progress::Collecting(thread) => thread.send(Message::Compile).map_err(|_| Code::BadOrder),
        other => {
            *progress = other;
            Err(Code::BadOrder)
        }
    }
}

/// Returns the result, and ends the loader; [`Code::Pending`] while it compiles.
pub fn take(handle: LoaderHandle) -> Result<Loaded, Code> {
    let loader = find(handle)?;
    let mut progress = lock(&loader.0);
    match &*progress {
        Progress::Collecting(_) => return Err(Code::BadOrder),
        Progress::Compiling => return Err(Code::Pending),
        Progress::Finished(_) => {}
    }
    let finished = std::mem::replace(&mut *progress, Progress::Compiling);
    drop(progress);
    release(handle)?;
    match finished {
        Progress::Finished(Ok(state)) => Ok(Loaded::State(state)),
        Progress::Finished(Err(why)) => Ok(Loaded::Invalid(why)),
        _ => Err(Code::BadOrder),
    }
}

/// Ends a loader at any stage; its thread drops what it still makes.
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

/// Collects and compiles; `None` when the loader ends before it has all bytes.
fn run(messages: &Receiver<Message>, format: Format, namespace: &str) -> Option<Result<Arc<State>, String>> {
    let mut bytes = Ok(Vec::new());
    while let Message::Bytes(more) = messages.recv().ok()? {
        bytes = bytes.and_then(|bytes| appended(bytes, &more));
    }
    let load = || load(format, namespace, &bytes?);
    Some(catch_unwind(AssertUnwindSafe(load)).unwrap_or_else(|_| Err("the engine failed on it".to_owned())))
}

fn appended(mut bytes: Vec<u8>, more: &[u8]) -> Result<Vec<u8>, String> {
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
