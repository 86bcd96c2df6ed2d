//! Documents on their way in: bytes are collected as they arrive and compiled on a thread of their own, so that no event
//! loop waits. Loaders belong to the process and are found by number from any thread.

use crate::code;
use crate::compile::compile;
use crate::document::Document;
use crate::slab::{Slab, lock};
use crate::snapshot;
use crate::state::State;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

/// What the bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The JSON that a server sends.
    Document,
    /// The base64 text of a snapshot.
    Snapshot,
}

/// How far a loader is.
enum Progress {
    Collecting { format: Format, namespace: String, chunks: Vec<Vec<u8>> },
    Compiling,
    Finished(Result<Arc<State>, String>),
}

/// What a loader gave.
pub enum Taken {
    State(Arc<State>),
    Invalid(String),
}

static LOADERS: Slab<Arc<Mutex<Progress>>> = Slab::new();

/// Starts to collect; the number of the loader.
pub fn begin(format: Format, namespace: String) -> Result<u32, u32> {
    LOADERS.add(Arc::new(Mutex::new(Progress::Collecting { format, namespace, chunks: Vec::new() })))
}

/// Takes the next bytes.
pub fn write(handle: u32, more: &[u8]) -> Result<(), u32> {
    let loader = LOADERS.get(handle)?;
    match &mut *lock(&loader) {
        // Kept apart, since a buffer that grows is moved now and then, which takes a large one milliseconds.
        Progress::Collecting { chunks, .. } => {
            let mut chunk = Vec::new();
            chunk.try_reserve_exact(more.len()).map_err(|_| code::EXHAUSTED)?;
            chunk.extend_from_slice(more);
            chunks.push(chunk);
            Ok(())
        }
        _ => Err(code::BAD_ORDER),
    }
}

/// Starts to compile what was collected.
pub fn finish(handle: u32) -> Result<(), u32> {
    let loader = LOADERS.get(handle)?;
    let mut progress = lock(&loader);
    if !matches!(*progress, Progress::Collecting { .. }) {
        return Err(code::BAD_ORDER);
    }
    let Progress::Collecting { format, namespace, chunks } = std::mem::replace(&mut *progress, Progress::Compiling)
    else {
        return Err(code::BAD_ORDER);
    };
    drop(progress);
    let worker = Arc::clone(&loader);
    let thread = std::thread::Builder::new().name("flipt-compile".to_owned()).spawn(move || {
        let result = catch_unwind(AssertUnwindSafe(|| load(format, &namespace, &joined(chunks))));
        *lock(&worker) = Progress::Finished(result.unwrap_or_else(|_| Err("the engine failed on it".to_owned())));
    });
    match thread {
        Ok(_) => Ok(()),
        Err(_) => {
            release(handle)?;
            Err(code::EXHAUSTED)
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

/// The chunks as one, each freed once it is copied.
fn joined(chunks: Vec<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(chunks.iter().map(Vec::len).sum());
    for chunk in chunks {
        bytes.extend_from_slice(&chunk);
    }
    bytes
}

fn load(format: Format, namespace: &str, bytes: &[u8]) -> Result<Arc<State>, String> {
    let decoded;
    let document: Document = match format {
        Format::Document => {
            serde_json::from_str(text(bytes)?).map_err(|error| format!("the document is not valid: {error}"))?
        }
        Format::Snapshot => {
            decoded = snapshot::decode(bytes)?;
            snapshot::read(text(&decoded)?, namespace)?
        }
    };
    compile(&document, namespace).map(Arc::new).map_err(|_| "the document has more than 4 GiB of text".to_owned())
}

/// Checked once as a whole, which is faster than string by string.
fn text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|error| format!("the document is not valid UTF-8 text: {error}"))
}
