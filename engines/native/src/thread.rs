//! What each JavaScript thread owns: the states it holds, its outbox and its staged request, and the loaders and channels
//! that end with it. No other thread sees any of this, so nothing here locks.

use crate::channel::{self, ChannelHandle, Following};
use crate::code::{self, Code};
use crate::evaluate::evaluate;
use crate::handle::{Handle, Table};
use crate::loader::{self, Format, Loaded, LoaderHandle};
use crate::request::header;
use crate::state::{Flag, FlagIndex, State};
use crate::worker;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

static HELD_STATES: AtomicU32 = AtomicU32::new(0);

/// How many states the threads of the process hold, each counted once per holder.
pub fn held_state_count() -> u32 {
    HELD_STATES.load(Ordering::Relaxed)
}

/// A state that a thread holds.
pub struct HeldState {
    state: Arc<State>,
    /// The channel that the state came from, if it did.
    following: Option<Following>,
}

/// The number of a state, for the thread that holds it.
pub type StateHandle = Handle<HeldState>;

impl HeldState {
    fn new(state: Arc<State>, following: Option<Following>) -> HeldState {
        HELD_STATES.fetch_add(1, Ordering::Relaxed);
        HeldState { state, following }
    }
}

impl Drop for HeldState {
    fn drop(&mut self) {
        HELD_STATES.fetch_sub(1, Ordering::Relaxed);
    }
}

fn free(held: HeldState) {
    let state = Arc::clone(&held.state);
    // No longer held from here on, whenever a worker gets its turn.
    drop(held);
    worker::release(state);
}

/// What one thread owns.
#[derive(Default)]
pub struct Thread {
    states: Table<HeldState, 16>,
    /// A bit per segment of an open condition; wide enough for every state that was held.
    matched: Vec<u64>,
    /// A request that is longer than the buffer, collected piece by piece.
    staged: Vec<u8>,
    /// Bytes that are to be read, and how many were.
    outbox: Vec<u8>,
    outbox_read: usize,
    /// The channels that this thread opened.
    channels: Vec<ChannelHandle>,
    /// The loaders that this thread began, and that have not ended.
    loaders: Vec<LoaderHandle>,
}

impl Drop for Thread {
    fn drop(&mut self) {
        for channel in self.channels.drain(..) {
            // One that is closed already is as it should be.
            let _ = channel::close(channel);
        }
        for loader in self.loaders.drain(..) {
            let _ = loader::release(loader);
        }
    }
}

impl Thread {
    /// Begins a loader, which ends with this thread at the latest. Returns its handle.
    pub fn begin_load(&mut self, format: Format, namespace: String) -> Result<LoaderHandle, Code> {
        let loader = loader::begin(format, namespace)?;
        self.loaders.push(loader);
        Ok(loader)
    }

    /// Holds the state that a loader made, and ends the loader. Returns the state's handle, or
    /// [`Code::InvalidDocument`] with the reason in the outbox.
    pub fn take_load(&mut self, loader: LoaderHandle) -> Result<StateHandle, Code> {
        let loaded = loader::take(loader)?;
        self.loaders.retain(|&each| each != loader);
        match loaded {
            Loaded::State(state) => self.hold(state, None),
            Loaded::Invalid(why) => {
                self.write_outbox(why.into_bytes())?;
                Err(Code::InvalidDocument)
            }
        }
    }

    /// Ends a loader at any stage.
    pub fn abort_load(&mut self, loader: LoaderHandle) -> Result<(), Code> {
        self.loaders.retain(|&each| each != loader);
        loader::release(loader)
    }

    /// Opens a channel that publishes a state. Returns its handle; closed with this thread at the latest.
    pub fn open_channel(&mut self, state: StateHandle) -> Result<ChannelHandle, Code> {
        let channel = channel::open(Arc::clone(self.state(state)?))?;
        self.channels.push(channel);
        Ok(channel)
    }

    /// Publishes a state in place of a channel's current one.
    pub fn publish(&self, channel: ChannelHandle, state: StateHandle) -> Result<(), Code> {
        channel::publish(channel, Arc::clone(self.state(state)?))
    }

    /// Closes a channel that this thread opened.
    pub fn close_channel(&mut self, channel: ChannelHandle) -> Result<(), Code> {
        let place = self.channels.iter().position(|&each| each == channel).ok_or(Code::BadHandle)?;
        self.channels.swap_remove(place);
        channel::close(channel)
    }

    /// Holds a channel's current state. Returns the state's handle.
    pub fn follow(&mut self, channel: ChannelHandle) -> Result<StateHandle, Code> {
        let (state, following) = channel::follow(channel)?;
        self.hold(state, Some(following))
    }

    /// Whether a state is still its channel's current one; a state that came from none always is.
    pub fn is_current(&self, state: StateHandle) -> Result<bool, Code> {
        Ok(self.states.get(state)?.following.as_ref().is_none_or(Following::is_current))
    }

    fn hold(&mut self, state: Arc<State>, following: Option<Following>) -> Result<StateHandle, Code> {
        let words = state.matched_words();
        if self.matched.len() < words {
            self.matched.resize(words, 0);
        }
        self.states.insert(HeldState::new(state, following))
    }

    /// Lets go of a state.
    pub fn release(&mut self, state: StateHandle) -> Result<(), Code> {
        self.states.remove(state).map(free)
    }

    /// Returns a state.
    #[inline]
    pub fn state(&self, state: StateHandle) -> Result<&Arc<State>, Code> {
        self.states.get(state).map(|held| &held.state)
    }

    /// Returns a state and one of its flags.
    pub fn flag(&self, state: StateHandle, flag: FlagIndex) -> Result<(&State, &Flag), Code> {
        let state = self.state(state)?;
        Ok((state, state.flag(flag).ok_or(Code::BadRequest)?))
    }

    /// Evaluates a request. Returns the index of the outcome; [`Thread::matched`] then says which segments matched.
    #[inline]
    pub fn evaluate(&mut self, request: &[u8]) -> Result<u32, Code> {
        let (handle, flag) = header(request).map_err(|_| Code::BadRequest)?;
        let Thread { states, matched, .. } = self;
        let state = &states.get(handle)?.state;
        let flag = state.flag(flag).ok_or(Code::BadRequest)?;
        evaluate(state, flag, request, matched).map_err(|_| Code::BadRequest)
    }

    /// A bit per segment, lowest first: which ones of the last open condition matched.
    pub fn matched(&self) -> &[u64] {
        &self.matched
    }

    /// Appends to the staged request. Returns its length in bytes.
    pub fn stage(&mut self, more: &[u8]) -> Result<u32, Code> {
        let length = length_of(self.staged.len() + more.len()).ok_or(Code::BadRequest)?;
        self.staged.try_reserve(more.len()).map_err(|_| Code::Exhausted)?;
        self.staged.extend_from_slice(more);
        Ok(length)
    }

    /// Removes and returns the staged request.
    pub fn unstage(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.staged)
    }

    /// Replaces what is in the outbox. Returns the length in bytes.
    pub fn write_outbox(&mut self, bytes: Vec<u8>) -> Result<u32, Code> {
        let length = length_of(bytes.len());
        self.outbox_read = 0;
        self.outbox = if length.is_some() { bytes } else { Vec::new() };
        length.ok_or(Code::Exhausted)
    }

    /// Copies the next bytes of the outbox into `target`. Returns how many; the last read frees the outbox.
    pub fn read_outbox(&mut self, target: &mut [u8]) -> usize {
        let rest = &self.outbox[self.outbox_read..];
        let length = rest.len().min(target.len());
        target[..length].copy_from_slice(&rest[..length]);
        self.outbox_read += length;
        if self.outbox_read == self.outbox.len() {
            self.outbox = Vec::new();
            self.outbox_read = 0;
        }
        length
    }
}

/// A length as the ABI returns it; `None` for one that would look like a code.
fn length_of(bytes: usize) -> Option<u32> {
    u32::try_from(bytes).ok().filter(|length| *length < code::FIRST)
}

#[cfg(test)]
mod tests {
    use super::{code, length_of};

    #[test]
    fn no_length_looks_like_a_code() {
        let first = code::FIRST as usize;
        assert_eq!(
            [0, first - 1, first, u32::MAX as usize, usize::MAX].map(length_of),
            [Some(0), Some(code::FIRST - 1), None, None, None]
        );
    }
}
