//! Channels between threads: the owner of a channel publishes states, and a follower learns at its next evaluation that
//! there is a newer one. A channel belongs to the thread that opened it and is closed with it.

use crate::code::Code;
use crate::handle::{Handle, Table};
use crate::lock::lock;
use crate::state::State;
use crate::worker;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

/// The version of a closed channel.
const CLOSED: u32 = 0;

/// What an owner and its followers share.
pub struct Channel {
    version: AtomicU32,
    current: Mutex<Option<Arc<State>>>,
}

/// The number of a channel, for every thread of the process.
pub type ChannelHandle = Handle<Arc<Channel>>;

/// A follower's side: the channel, and the version of the state that it holds.
pub struct Following {
    channel: Arc<Channel>,
    version: u32,
}

static CHANNELS: Mutex<Table<Arc<Channel>, 12>> = Mutex::new(Table::new());

/// Opens a channel that publishes `state`. Returns its handle.
pub fn open(state: Arc<State>) -> Result<ChannelHandle, Code> {
    lock(&CHANNELS).insert(Arc::new(Channel { version: AtomicU32::new(1), current: Mutex::new(Some(state)) }))
}

/// Publishes `state` in place of the current one.
pub fn publish(channel: ChannelHandle, state: Arc<State>) -> Result<(), Code> {
    let channel = find(channel)?;
    let mut current = lock(&channel.current);
    let replaced = current.replace(state);
    let next = channel.version.load(Ordering::Relaxed).wrapping_add(1);
    channel.version.store(if next == CLOSED { next + 1 } else { next }, Ordering::Release);
    drop(current);
    if let Some(replaced) = replaced {
        worker::release(replaced);
    }
    Ok(())
}

/// Closes a channel: what its followers hold is outdated for good.
pub fn close(channel: ChannelHandle) -> Result<(), Code> {
    let channel = lock(&CHANNELS).remove(channel)?;
    channel.version.store(CLOSED, Ordering::Release);
    let current = lock(&channel.current).take();
    if let Some(current) = current {
        worker::release(current);
    }
    Ok(())
}

/// Returns the current state of a channel, and the follower's side that tells when it is outdated.
pub fn follow(channel: ChannelHandle) -> Result<(Arc<State>, Following), Code> {
    let channel = find(channel)?;
    let current = lock(&channel.current);
    let state = current.clone().ok_or(Code::BadHandle)?;
    let version = channel.version.load(Ordering::Relaxed);
    drop(current);
    Ok((state, Following { channel, version }))
}

/// How many channels are open.
pub fn count() -> usize {
    lock(&CHANNELS).len()
}

fn find(channel: ChannelHandle) -> Result<Arc<Channel>, Code> {
    lock(&CHANNELS).get(channel).cloned()
}

impl Following {
    /// Whether the state that came with this is still the channel's.
    #[inline]
    pub fn is_current(&self) -> bool {
        self.channel.version.load(Ordering::Acquire) == self.version
    }
}

#[cfg(test)]
mod tests {
    use super::{Ordering, close, find, follow, open, publish};
    use crate::state::State;
    use std::sync::Arc;

    #[test]
    fn a_channel_whose_versions_start_anew_is_not_taken_for_a_closed_one() {
        let channel = open(Arc::new(State::default())).expect("room");
        find(channel).expect("it is open").version.store(u32::MAX, Ordering::Relaxed);
        let (_, before) = follow(channel).expect("it is open");
        assert!(before.is_current());
        publish(channel, Arc::new(State::default())).expect("it is open");
        let (_, after) = follow(channel).expect("it is open");
        assert_eq!((before.is_current(), after.is_current()), (false, true));
        close(channel).expect("it is open");
        assert_eq!((before.is_current(), after.is_current()), (false, false));
    }
}
