//! What each JavaScript thread has for itself: the buffer that it shares with its JavaScript side, the compiled states
//! it holds, and the bytes that wait to be read. Nothing here is seen by another thread, so nothing here locks.

use crate::channel::{self, Following};
use crate::clock::Clock;
use crate::code;
use crate::evaluate::evaluate;
use crate::loader::{self, Format, Taken};
use crate::os::spawn_in_background;
use crate::slots::header;
use crate::state::{Flag, State};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// The states of one thread that can be told apart at once.
const LIMIT: usize = 1 << 16;
const GENERATIONS: u32 = 1 << 15;

static HELD: AtomicU32 = AtomicU32::new(0);

/// How many states the threads of the process hold, each counted once a holder.
pub fn held() -> u32 {
    HELD.load(Ordering::Relaxed)
}

/// A state that this thread holds.
struct Held {
    state: Arc<State>,
    /// The channel that it came from, if it did.
    following: Option<Following>,
}

impl Held {
    fn new(state: Arc<State>, following: Option<Following>) -> Held {
        HELD.fetch_add(1, Ordering::Relaxed);
        Held { state, following }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.fetch_sub(1, Ordering::Relaxed);
    }
}

/// From this size of its text on, in bytes, a state is freed on another thread: giving back many pages takes
/// milliseconds, which would be a gap in the event loop.
const LARGE: usize = 1 << 20;

fn free(mut held: Held) {
    if held.state.texts.len() >= LARGE {
        // Not held any more from here on, whenever the thread gets its turn.
        let rest = (Arc::clone(&held.state), held.following.take());
        drop(held);
        // Without a thread it is freed here, when the closure is dropped.
        let _ = spawn_in_background("flipt-free", move || drop(rest));
    }
}

#[derive(Default)]
struct Slot {
    generation: u32,
    held: Option<Held>,
}

/// One thread's states and bytes.
#[derive(Default)]
pub struct Thread {
    slots: Vec<Slot>,
    free: Vec<u16>,
    /// Which segments matched; room for the widest condition of the states held, made when they come.
    matched: Vec<u64>,
    /// A request that is too long for the buffer, collected piece by piece.
    staged: Vec<u8>,
    /// What waits to be read, and how much of it was.
    outbox: Vec<u8>,
    read: usize,
    /// The channels that this thread opened.
    channels: Vec<u32>,
    /// The loaders that it began and that are not done.
    loaders: Vec<u32>,
    /// What this thread knows of the time.
    pub clock: Clock,
}

impl Drop for Thread {
    fn drop(&mut self) {
        for channel in self.channels.drain(..) {
            // One that is gone already is as it should be.
            let _ = channel::close(channel);
        }
        for loader in self.loaders.drain(..) {
            let _ = loader::release(loader);
        }
    }
}

impl Thread {
    /// Holds a state; its number on this thread.
    pub fn hold(&mut self, state: Arc<State>) -> Result<u32, u32> {
        self.keep(state, None)
    }

    /// Holds the current state of a channel until the channel has another; its number on this thread.
    pub fn follow(&mut self, channel: u32) -> Result<u32, u32> {
        let (state, following) = channel::follow(channel)?;
        self.keep(state, Some(following))
    }

    /// Opens a channel for a state, which ends with this thread at the latest; its number.
    pub fn open_channel(&mut self, handle: u32) -> Result<u32, u32> {
        let channel = channel::open(Arc::clone(self.state(handle)?))?;
        self.channels.push(channel);
        Ok(channel)
    }

    /// Closes a channel of this thread.
    pub fn close_channel(&mut self, channel: u32) -> Result<(), u32> {
        let place = self.channels.iter().position(|&each| each == channel).ok_or(code::BAD_HANDLE)?;
        self.channels.swap_remove(place);
        channel::close(channel)
    }

    /// Begins a loader, which ends with this thread at the latest; its number.
    pub fn begin_load(&mut self, format: Format, namespace: String) -> Result<u32, u32> {
        let loader = loader::begin(format, namespace)?;
        self.loaders.push(loader);
        Ok(loader)
    }

    /// Holds what a loader made; its number on this thread.
    pub fn take_load(&mut self, loader: u32) -> Result<u32, u32> {
        let taken = loader::take(loader)?;
        self.loaders.retain(|&each| each != loader);
        match taken {
            Taken::State(state) => self.hold(state),
            Taken::Invalid(why) => {
                self.post(why.into_bytes())?;
                Err(code::INVALID_DOCUMENT)
            }
        }
    }

    /// Forgets a loader at whatever stage.
    pub fn abort_load(&mut self, loader: u32) -> Result<(), u32> {
        self.loaders.retain(|&each| each != loader);
        loader::release(loader)
    }

    /// Whether a state that follows a channel is still the channel's; any other is always current.
    pub fn is_current(&self, handle: u32) -> Result<bool, u32> {
        Ok(self.held(handle)?.following.as_ref().is_none_or(Following::is_current))
    }

    fn keep(&mut self, state: Arc<State>, following: Option<Following>) -> Result<u32, u32> {
        let place = match self.free.pop() {
            Some(place) => place as usize,
            None if self.slots.len() < LIMIT => {
                self.slots.push(Slot::default());
                self.slots.len() - 1
            }
            None => return Err(code::EXHAUSTED),
        };
        let words = state.matched_words();
        if self.matched.len() < words {
            self.matched.resize(words, 0);
        }
        let slot = &mut self.slots[place];
        slot.generation = (slot.generation + 1) % GENERATIONS;
        slot.held = Some(Held::new(state, following));
        Ok(slot.generation * LIMIT as u32 + place as u32)
    }

    /// Lets go of a state.
    pub fn release(&mut self, handle: u32) -> Result<(), u32> {
        self.state(handle)?;
        let place = handle as usize % LIMIT;
        if let Some(held) = self.slots[place].held.take() {
            free(held);
        }
        self.free.push(place as u16);
        Ok(())
    }

    /// The state under a number.
    pub fn state(&self, handle: u32) -> Result<&Arc<State>, u32> {
        self.held(handle).map(|held| &held.state)
    }

    fn held(&self, handle: u32) -> Result<&Held, u32> {
        find(&self.slots, handle)
    }

    /// A flag of a state.
    #[inline]
    pub fn flag(&self, handle: u32, flag: u32) -> Result<(&State, &Flag), u32> {
        let state = self.state(handle)?;
        let flag = state.flags.get(flag as usize).ok_or(code::BAD_REQUEST)?;
        Ok((state, flag))
    }

    /// Evaluates the flag that a request names; [`Thread::matched`] then says which segments matched.
    #[inline]
    pub fn evaluate(&mut self, request: &[u8]) -> Result<u32, u32> {
        let (handle, flag) = header(request).map_err(|_| code::BAD_REQUEST)?;
        let Thread { slots, matched, .. } = self;
        let state = &find(slots, handle)?.state;
        let flag = state.flags.get(flag as usize).ok_or(code::BAD_REQUEST)?;
        evaluate(state, flag, request, matched).map_err(|_| code::BAD_REQUEST)
    }

    /// Adds to the staged request; how long it is now.
    pub fn stage(&mut self, more: &[u8]) -> Result<u32, u32> {
        let length = u32::try_from(self.staged.len() + more.len()).ok().filter(|length| *length < code::FIRST);
        let length = length.ok_or(code::BAD_REQUEST)?;
        self.staged.try_reserve(more.len()).map_err(|_| code::EXHAUSTED)?;
        self.staged.extend_from_slice(more);
        Ok(length)
    }

    /// Takes the staged request away.
    pub fn unstage(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.staged)
    }

    /// Which segments of the last open condition matched, a bit each.
    pub fn matched(&self) -> &[u64] {
        &self.matched
    }

    /// Lays bytes out to be read, in place of what waited before; how many.
    pub fn post(&mut self, bytes: Vec<u8>) -> Result<u32, u32> {
        let length = u32::try_from(bytes.len()).ok().filter(|length| *length < code::FIRST);
        self.read = 0;
        self.outbox = if length.is_some() { bytes } else { Vec::new() };
        length.ok_or(code::EXHAUSTED)
    }

    /// Copies the next bytes that wait into `target`; how many. The last read frees them.
    pub fn collect(&mut self, target: &mut [u8]) -> usize {
        let rest = &self.outbox[self.read..];
        let length = rest.len().min(target.len());
        target[..length].copy_from_slice(&rest[..length]);
        self.read += length;
        if self.read == self.outbox.len() {
            self.outbox = Vec::new();
            self.read = 0;
        }
        length
    }
}

#[inline]
fn find(slots: &[Slot], handle: u32) -> Result<&Held, u32> {
    match slots.get(handle as usize % LIMIT) {
        Some(Slot { generation, held: Some(held) }) if *generation == handle / LIMIT as u32 => Ok(held),
        _ => Err(code::BAD_HANDLE),
    }
}
