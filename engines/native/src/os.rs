//! What the crate asks of the operating system and of the processor, beyond the standard library.

use std::io;
use std::thread::{Builder, Thread};

/// Runs `work` on a thread of its own, at the lowest priority. Returns the thread.
pub fn spawn_in_background(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<Thread> {
    let work = || {
        lower_thread_priority();
        work();
    };
    Builder::new().name(name.to_owned()).spawn(work).map(|handle| handle.thread().clone())
}

/// Lowers this thread's priority (nice 19) so that it never delays V8's GC helpers, which the event loop waits for. Only
/// Linux has a niceness per thread; elsewhere nothing changes.
fn lower_thread_priority() {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: it is declared as in C; it takes any number and touches no memory of the process.
        unsafe extern "C" {
            safe fn nice(increment: std::ffi::c_int) -> std::ffi::c_int;
        }
        // Where the system refuses, the thread keeps its priority.
        nice(MAX_NICE);
    }
}

/// The lowest priority.
#[cfg(target_os = "linux")]
const MAX_NICE: std::ffi::c_int = 19;

/// The processor's cycle counter, which runs at a constant rate; `None` where processes cannot read one.
#[inline]
pub fn cycles() -> Option<u64> {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86_64 processor has the instruction, which reads a register and touches no memory.
    return Some(unsafe { std::arch::x86_64::_rdtsc() });
    #[cfg(target_arch = "aarch64")]
    {
        let count: u64;
        // SAFETY: reads a register that every aarch64 system opens to processes, and touches no memory.
        unsafe { std::arch::asm!("mrs {}, cntvct_el0", out(reg) count, options(nomem, nostack, preserves_flags)) };
        return Some(count);
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    return None;
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::{MAX_NICE, cycles, spawn_in_background};
    use std::fs::read_to_string;
    use std::sync::mpsc::channel;
    use std::thread::sleep;
    use std::time::Duration;

    /// The niceness of the calling thread.
    fn niceness() -> i32 {
        let stat = read_to_string("/proc/thread-self/stat").expect("a thread has a status");
        let fields = stat.rsplit(") ").next().expect("its name is in brackets").split(' ');
        fields.skip(16).map(|field| field.parse().expect("a number")).next().expect("a niceness")
    }

    #[test]
    fn the_cycle_counter_counts_on_where_there_is_one() {
        let before = cycles();
        sleep(Duration::from_millis(1));
        let after = cycles();
        let has_counter = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));
        assert_eq!((before.is_some(), after > before), (has_counter, has_counter), "{before:?} {after:?}");
    }

    #[test]
    fn a_background_thread_lowers_its_own_priority_only() {
        let before = niceness();
        let (sender, receiver) = channel();
        spawn_in_background("flipt-test", move || sender.send(niceness()).expect("the test waits")).expect("a thread");
        // It is lowered by as much as there is, from where the process is.
        assert_eq!(receiver.recv(), Ok(MAX_NICE.min(before + MAX_NICE)));
        assert_eq!(niceness(), before);
    }
}
