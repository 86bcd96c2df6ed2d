//! Threads of low priority, which compile and free what is large. They last: a thread that comes and goes takes locks of
//! the C library and of the kernel for its stack.
//!
//! A JavaScript thread must never wait for one of these, which under load run a hundred times less often. So neither side
//! ever waits for a lock of the other: whose turn it is with a worker's work is said by an atomic, and where no worker is
//! free the caller is told so and asks again. Memory that a worker allocated is freed by workers, since allocators have
//! locks, too.

use crate::lock::lock;
use crate::os::spawn_in_background;
use crate::state::State;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{Thread, available_parallelism, park};

/// Something to do.
pub type Work = Box<dyn FnOnce() + Send>;

/// At most this many threads, on a machine with as many processors.
const MAX_WORKERS: usize = 4;

/// Nothing to do.
const IDLE: u8 = 0;
/// A caller is about to hand something over.
const RESERVED: u8 = 1;
/// There is work.
const READY: u8 = 2;

struct Worker {
    turn: AtomicU8,
    /// Locked by the caller that made the turn [`RESERVED`], and by the worker when it is [`READY`]: never by both.
    work: Mutex<Option<Work>>,
}

/// All workers. Only callers lock this.
static WORKERS: Mutex<Vec<(Arc<Worker>, Thread)>> = Mutex::new(Vec::new());

/// Has a worker do something. Gives it back when none is free.
pub fn hand_over(work: Work) -> Result<(), Work> {
    let mut workers = lock(&WORKERS);
    for (worker, thread) in workers.iter() {
        if worker.turn.compare_exchange(IDLE, RESERVED, Ordering::Acquire, Ordering::Relaxed).is_ok() {
            *lock(&worker.work) = Some(work);
            worker.turn.store(READY, Ordering::Release);
            thread.unpark();
            return Ok(());
        }
    }
    if workers.len() >= available_parallelism().map_or(1, |processors| processors.get().min(MAX_WORKERS)) {
        return Err(work);
    }
    let worker = Arc::new(Worker { turn: AtomicU8::new(READY), work: Mutex::new(Some(work)) });
    let same = Arc::clone(&worker);
    match spawn_in_background("flipt-worker", move || same.run()) {
        Ok(thread) => {
            workers.push((worker, thread));
            Ok(())
        }
        Err(_) => Err(lock(&worker.work).take().unwrap_or_else(|| Box::new(|| ()))),
    }
}

/// Whether there is any worker: one is started as soon as there is work, if it can be.
pub fn exist() -> bool {
    !lock(&WORKERS).is_empty()
}

/// How many workers have something to do.
pub fn busy_count() -> usize {
    lock(&WORKERS).iter().filter(|(worker, _)| worker.turn.load(Ordering::Relaxed) != IDLE).count()
}

impl Worker {
    fn run(&self) {
        loop {
            while self.turn.load(Ordering::Acquire) != READY {
                park();
            }
            let work = lock(&self.work).take();
            // What a panic leaves is dropped, and whoever waits for a result sees that there is none.
            let _ = catch_unwind(AssertUnwindSafe(|| work.map(|work| work())));
            self.turn.store(IDLE, Ordering::Release);
        }
    }
}

/// Lets go of a state: the last one who does so for a state that a worker made has a worker free it.
pub fn release(state: Arc<State>) {
    if state.is_from_worker && Arc::strong_count(&state) == 1 {
        // Where all are busy for long, it is freed here.
        let _ = hand_over(Box::new(move || drop(state)));
    }
}

#[cfg(test)]
mod tests {
    use super::{busy_count, exist, hand_over, release};
    use crate::state::State;
    use std::sync::Arc;
    use std::sync::mpsc::channel;
    use std::thread::yield_now;

    fn wait_until_all_are_idle() {
        while busy_count() > 0 {
            yield_now();
        }
    }

    // One test, since no other one here may have workers meanwhile.
    #[test]
    fn a_worker_frees_what_workers_made_and_is_busy_as_long_as_its_work_takes() {
        let state = |is_from_worker| Arc::new(State { is_from_worker, ..State::default() });
        release(state(false));
        let shared = state(true);
        release(Arc::clone(&shared));
        assert_eq!((exist(), busy_count()), (false, 0));
        release(shared);
        assert!(exist());
        wait_until_all_are_idle();

        let ((begin, begun), (end, ended)) = (channel(), channel::<()>());
        let work = move || {
            begin.send(()).expect("the test waits");
            let _ = ended.recv();
        };
        assert!(hand_over(Box::new(work)).is_ok());
        assert_eq!(begun.recv(), Ok(()));
        assert_eq!(busy_count(), 1);
        drop(end);
        wait_until_all_are_idle();
    }
}
