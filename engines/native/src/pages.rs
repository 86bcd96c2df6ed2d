//! The bytes of a document on their way to a worker. On Linux they are in pages of the system's: a worker that frees memory of
//! the event loop's thread takes a lock of the allocator that this thread needs, and may not run for long while it has it.

#[cfg(target_os = "linux")]
pub use linux::Pages;
#[cfg(not(target_os = "linux"))]
pub use other::Pages;

/// There is no memory left.
#[derive(Debug)]
pub struct OutOfMemory;

#[cfg(target_os = "linux")]
mod linux {
    use super::OutOfMemory;
    use std::ffi::{c_int, c_long, c_void};
    use std::ops::Deref;
    use std::ptr::{NonNull, null_mut};

    const PROT_READ_WRITE: c_int = 3;
    const MAP_PRIVATE_ANONYMOUS: c_int = 0x22;
    const MREMAP_MAYMOVE: c_int = 1;

    // SAFETY: these are declared as in C.
    unsafe extern "C" {
        fn mmap(at: *mut c_void, length: usize, prot: c_int, flags: c_int, file: c_int, offset: c_long) -> *mut c_void;
        fn mremap(old: *mut c_void, old_length: usize, length: usize, flags: c_int, ...) -> *mut c_void;
        fn munmap(at: *mut c_void, length: usize) -> c_int;
    }

    /// A multiple of every size of a page.
    const FIRST_CAPACITY: usize = 1 << 20;
    /// Given back in steps of this many bytes, since all threads that ask the system for memory wait for each.
    const STEP: usize = 1 << 18;

    /// Bytes that only ever become more.
    #[derive(Default)]
    pub struct Pages {
        start: Option<NonNull<u8>>,
        length: usize,
        capacity: usize,
    }

    // SAFETY: the pages belong to this alone, and any thread may read, write or unmap them.
    unsafe impl Send for Pages {}

    impl Pages {
        /// Adds bytes.
        pub fn push(&mut self, more: &[u8]) -> Result<(), OutOfMemory> {
            if more.is_empty() {
                return Ok(());
            }
            let length = self.length.checked_add(more.len()).ok_or(OutOfMemory)?;
            if length > self.capacity {
                self.grow(length.checked_next_power_of_two().ok_or(OutOfMemory)?.max(FIRST_CAPACITY))?;
            }
            let start = self.start.ok_or(OutOfMemory)?;
            // SAFETY: `more` fits behind the bytes that are there, in pages of this alone, which `more` is not in.
            unsafe { start.add(self.length).copy_from_nonoverlapping(NonNull::from(more).cast(), more.len()) };
            self.length = length;
            Ok(())
        }

        fn grow(&mut self, capacity: usize) -> Result<(), OutOfMemory> {
            let mapped = match self.start {
                // SAFETY: a new mapping, somewhere where there is none.
                None => unsafe { mmap(null_mut(), capacity, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0) },
                // SAFETY: the mapping is this one's, as long as that, and nothing points into it while it is borrowed here.
                Some(start) => unsafe { mremap(start.as_ptr().cast(), self.capacity, capacity, MREMAP_MAYMOVE) },
            };
            if mapped.addr() == usize::MAX {
                return Err(OutOfMemory);
            }
            self.start = NonNull::new(mapped.cast());
            self.capacity = capacity;
            Ok(())
        }
    }

    impl Deref for Pages {
        type Target = [u8];

        fn deref(&self) -> &[u8] {
            // SAFETY: that many bytes were written, and none is while this is borrowed.
            self.start.map_or(&[], |start| unsafe { std::slice::from_raw_parts(start.as_ptr(), self.length) })
        }
    }

    impl Drop for Pages {
        fn drop(&mut self) {
            let Some(start) = self.start else { return };
            for offset in (0..self.capacity).step_by(STEP) {
                // SAFETY: the pages belong to this alone, which ends here. They cannot fail to be unmapped.
                unsafe { munmap(start.as_ptr().add(offset).cast(), STEP) };
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod other {
    use super::OutOfMemory;
    use std::ops::Deref;

    /// Bytes that only ever become more.
    #[derive(Default)]
    pub struct Pages(Vec<u8>);

    impl Pages {
        /// Adds bytes.
        pub fn push(&mut self, more: &[u8]) -> Result<(), OutOfMemory> {
            self.0.try_reserve(more.len()).map_err(|_| OutOfMemory)?;
            self.0.extend_from_slice(more);
            Ok(())
        }
    }

    impl Deref for Pages {
        type Target = [u8];

        fn deref(&self) -> &[u8] {
            &self.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pages;

    #[test]
    fn pages_hold_what_was_pushed_on_any_thread() {
        let mut pages = Pages::default();
        assert!(pages.is_empty());
        let mut expected = Vec::new();
        for n in 0..100_u32 {
            let more = vec![n as u8; n as usize * 900];
            pages.push(&more).expect("there is memory");
            expected.extend(more);
            assert!(*pages == *expected, "after {n}");
        }
        let is_same = std::thread::spawn(move || *pages == *expected).join();
        assert!(is_same.expect("no panic"));
    }

    /// Whether an address is mapped.
    #[cfg(all(target_os = "linux", not(miri)))]
    fn is_mapped(address: usize) -> bool {
        let maps = std::fs::read_to_string("/proc/self/maps").expect("a process has mappings");
        maps.lines().any(|line| {
            let (start, end) = line.split(' ').next().and_then(|range| range.split_once('-')).expect("a range");
            let number = |text| usize::from_str_radix(text, 16).expect("an address");
            (number(start)..number(end)).contains(&address)
        })
    }

    #[cfg(all(target_os = "linux", not(miri)))]
    #[test]
    fn pages_are_given_back_whole() {
        // Another thread may map something there at once, but not each time.
        for part in [0, 1, 2, 3] {
            let is_given_back = (0..20).any(|_| {
                let mut pages = Pages::default();
                pages.push(b"a").expect("there is memory");
                let address = pages.as_ptr().addr() + part * (1 << 18);
                assert!(is_mapped(address));
                drop(pages);
                !is_mapped(address)
            });
            assert!(is_given_back, "part {part}");
        }
    }
}
