//! A state that other threads of the process follow: its owner publishes the next one, and whoever follows is told so at
//! its next evaluation. Channels belong to the thread that opened them and end with it.

use crate::slab::{Slab, lock};
use crate::state::State;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

/// The version of a channel that is closed.
const CLOSED: u32 = 0;

/// What owner and followers have in common.
pub struct Channel {
    version: AtomicU32,
    current: Mutex<Option<Arc<State>>>,
}

/// A follower's view: the channel, and the version that it holds the state of.
pub struct Following {
    channel: Arc<Channel>,
    version: u32,
}

static CHANNELS: Slab<Arc<Channel>> = Slab::new();

/// Opens a channel with a first state; its number.
pub fn open(state: Arc<State>) -> Result<u32, u32> {
    CHANNELS.add(Arc::new(Channel { version: AtomicU32::new(1), current: Mutex::new(Some(state)) }))
}

/// Puts `state` in the place of the current one.
pub fn publish(channel: u32, state: Arc<State>) -> Result<(), u32> {
    let channel = CHANNELS.get(channel)?;
    let mut current = lock(&channel.current);
    let replaced = current.replace(state);
    let next = channel.version.load(Ordering::Relaxed).wrapping_add(1);
    channel.version.store(if next == CLOSED { next + 1 } else { next }, Ordering::Release);
    drop(current);
    drop(replaced);
    Ok(())
}

/// Closes a channel: those who follow it get no more answers.
pub fn close(channel: u32) -> Result<(), u32> {
    let channel = CHANNELS.remove(channel)?;
    channel.version.store(CLOSED, Ordering::Release);
    drop(lock(&channel.current).take());
    Ok(())
}

/// The current state of a channel, and what tells when it is no longer that.
pub fn follow(channel: u32) -> Result<(Arc<State>, Following), u32> {
    let channel = CHANNELS.get(channel)?;
    let current = lock(&channel.current);
    let state = current.clone().ok_or(crate::code::BAD_HANDLE)?;
    let version = channel.version.load(Ordering::Relaxed);
    drop(current);
    Ok((state, Following { channel, version }))
}

/// How many channels there are.
pub fn count() -> u32 {
    CHANNELS.count()
}

impl Following {
    /// Whether the state that came with this is still the channel's.
    #[inline]
    pub fn is_current(&self) -> bool {
        self.channel.version.load(Ordering::Acquire) == self.version
    }
}
