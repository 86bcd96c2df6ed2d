//! Evaluates Flipt flags. A document is compiled once into an immutable `State`; an evaluation then reads flat
//! arrays, allocates nothing and takes no lock. The only way in is the C ABI of [`abi`]: numbers, and one buffer per thread.
//! `unsafe` is allowed in `abi`, `os` and `pages` only.

#![deny(unsafe_op_in_unsafe_fn)]
#![deny(unsafe_code)]

#[allow(unsafe_code)]
pub mod abi;
#[cfg(test)]
mod cases;
mod channel;
mod clock;
pub mod code;
mod compile;
mod constraint;
mod content;
mod definition;
mod describe;
mod distribution;
mod document;
mod evaluate;
mod handle;
mod hash;
mod json;
mod limits;
mod list;
mod loader;
mod lock;
#[allow(unsafe_code)]
mod os;
#[allow(unsafe_code)]
mod pages;
mod panics;
mod reading;
mod request;
mod snapshot;
mod state;
mod text;
mod thread;
mod vocabulary;
mod worker;
