//! What the tests of the ABI share: the buffer as C uses it, and documents on their way in and out.

use flipt_ffi_engine::abi::{
    BUFFER_LENGTH, flipt_ffi_buffer, flipt_ffi_flag_find, flipt_ffi_load_begin, flipt_ffi_load_finish,
    flipt_ffi_load_take, flipt_ffi_load_write, flipt_ffi_outbox_next,
};
use flipt_ffi_engine::code::{Code, FIRST};
use std::time::Duration;

pub const DOCUMENT: u32 = 0;
const PENDING: u32 = Code::Pending as u32;
const INVALID_DOCUMENT: u32 = Code::InvalidDocument as u32;

/// Writes to the start of this thread's buffer. Returns how many bytes.
pub fn put(bytes: &[u8]) -> u32 {
    assert!(bytes.len() <= BUFFER_LENGTH);
    let buffer = flipt_ffi_buffer() as *mut u8;
    // SAFETY: the buffer is that long, this thread's own, and no call runs.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), buffer, bytes.len()) };
    bytes.len() as u32
}

/// Reads the outbox.
pub fn outbox() -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let length = flipt_ffi_outbox_next() as usize;
        if length == 0 {
            return all;
        }
        // SAFETY: the call wrote that many bytes to this thread's buffer.
        all.extend_from_slice(unsafe { std::slice::from_raw_parts(flipt_ffi_buffer() as *const u8, length) });
    }
}

/// Loads a document or snapshot of the namespace `shop`. Returns the state, or why it was refused.
pub fn load(format: u32, bytes: &[u8]) -> Result<u32, String> {
    let loader = flipt_ffi_load_begin(format, put(b"shop"));
    assert!(loader < FIRST);
    for chunk in bytes.chunks(BUFFER_LENGTH) {
        assert_eq!(flipt_ffi_load_write(loader, put(chunk)), 0);
    }
    assert_eq!(flipt_ffi_load_finish(loader), 0);
    loop {
        match flipt_ffi_load_take(loader) {
            PENDING => std::thread::sleep(Duration::from_micros(50)),
            INVALID_DOCUMENT => return Err(String::from_utf8(outbox()).expect("messages are text")),
            state => {
                assert!(state < FIRST, "{state:x}");
                return Ok(state);
            }
        }
    }
}

/// Returns the index of a flag.
#[allow(dead_code, reason = "not every test that shares this file evaluates")]
pub fn find(state: u32, key: &str) -> u32 {
    let flag = flipt_ffi_flag_find(state, put(key.as_bytes()));
    assert!(flag < FIRST, "no flag {key}");
    flag
}

/// Returns a request for a flag, as the buffer takes it.
#[allow(dead_code, reason = "not every test that shares this file evaluates")]
pub fn request(state: u32, flag: u32, strings: &[&str]) -> Vec<u8> {
    let mut head = vec![state, flag];
    let mut end = (strings.len() as u32 + 2) * 4;
    for string in strings {
        end += string.len() as u32;
        head.push(end);
    }
    let head = head.iter().flat_map(|number| number.to_ne_bytes());
    head.chain(strings.iter().flat_map(|string| string.bytes())).collect()
}
