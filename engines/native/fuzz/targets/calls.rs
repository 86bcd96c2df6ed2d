//! Sequences of calls: each byte is a function, the next ones say with which handles and lengths.

#![no_main]

use flipt_ffi_engine::abi::*;
use flipt_ffi_engine::code::{Code, FIRST};
use flipt_ffi_engine_fuzz::{bounded, outbox, put};
use libfuzzer_sys::fuzz_target;

const DOCUMENT: &[u8] = br#"{"namespace":{"key":"shop"},"flags":[{"key":"a","name":"","enabled":true,"rules":[{"segments":[{"key":"s","matchType":"ANY_SEGMENT_MATCH_TYPE","constraints":[{"type":"STRING_CONSTRAINT_COMPARISON_TYPE","property":"p","operator":"eq","value":"v"}]},{"key":"t","matchType":"","constraints":[]}],"segmentOperator":"OR_SEGMENT_OPERATOR","distributions":[{"variantKey":"x","rollout":100}]}]},{"key":"b","name":"","enabled":true,"type":"BOOLEAN_FLAG_TYPE","rollouts":[{"threshold":{"percentage":50,"value":true}}]}]}"#;

/// What the calls so far gave.
#[derive(Default)]
struct Session<'a> {
    input: &'a [u8],
    states: Vec<u32>,
    loaders: Vec<u32>,
    channels: Vec<u32>,
}

impl Session<'_> {
    fn byte(&mut self) -> u8 {
        let [first, rest @ ..] = self.input else { return 0 };
        self.input = rest;
        *first
    }

    /// One of `all`, also one that is over, or a number near one.
    fn pick(&mut self, all: &[u32]) -> u32 {
        let byte = self.byte();
        let handle = all.get(usize::from(byte >> 2)).or(all.last()).copied().unwrap_or(u32::from(byte));
        if byte & 3 == 3 { handle ^ 1 << (byte >> 3) } else { handle }
    }

    fn state(&mut self) -> u32 {
        let all = self.states.clone();
        self.pick(&all)
    }

    fn loader(&mut self) -> u32 {
        let all = self.loaders.clone();
        self.pick(&all)
    }

    fn channel(&mut self) -> u32 {
        let all = self.channels.clone();
        self.pick(&all)
    }

    fn length(&mut self) -> u32 {
        match self.byte() {
            255 => u32::MAX,
            254 => BUFFER_LENGTH as u32 + 1,
            byte => u32::from(byte),
        }
    }

    fn kept(all: &mut Vec<u32>, handle: u32) {
        if handle < FIRST {
            all.push(handle);
        }
    }

    fn call(&mut self) {
        let (flag, length) = (u32::from(self.byte() & 3), self.length());
        match self.byte() % 30 {
            0 => {
                put(b"shop");
                let format = u32::from(self.byte() & 3);
                let loader = flipt_ffi_load_begin(format, if length < 8 { length } else { 4 });
                Self::kept(&mut self.loaders, loader);
            }
            1 => {
                let loader = self.loader();
                flipt_ffi_load_write(loader, put(DOCUMENT));
            }
            2 => {
                let loader = self.loader();
                put(self.input);
                flipt_ffi_load_write(loader, length);
            }
            3 => {
                let loader = self.loader();
                flipt_ffi_load_finish(loader);
            }
            4 => {
                let loader = self.loader();
                let taken = flipt_ffi_load_take(loader);
                assert_ne!(taken, Code::Panic as u32);
                Self::kept(&mut self.states, taken);
            }
            5 => {
                let loader = self.loader();
                flipt_ffi_load_abort(loader);
            }
            6 => {
                let state = self.state();
                flipt_ffi_state_release(state);
            }
            7 => {
                let state = self.state();
                let channel = flipt_ffi_channel_open(state);
                Self::kept(&mut self.channels, channel);
            }
            8 => {
                let (channel, state) = (self.channel(), self.state());
                flipt_ffi_channel_publish(channel, state);
            }
            9 => {
                let channel = self.channel();
                flipt_ffi_channel_close(channel);
            }
            10 => {
                let channel = self.channel();
                let followed = flipt_ffi_channel_follow(channel);
                Self::kept(&mut self.states, followed);
            }
            11 => {
                put(&self.state().to_ne_bytes());
                flipt_ffi_state_check();
            }
            12 => _ = flipt_ffi_state_describe(self.state()),
            13 => _ = flipt_ffi_state_flags(self.state()),
            14 => _ = flipt_ffi_state_snapshot(self.state()),
            15 => {
                let (state, previous) = (self.state(), self.state());
                flipt_ffi_state_changed(state, previous);
            }
            16 => {
                put(b"ab");
                flipt_ffi_flag_find(self.state(), length);
            }
            17 => _ = flipt_ffi_flag_find_staged(self.state()),
            18 => _ = flipt_ffi_flag_fits(self.state(), flag, length, 10),
            19 => _ = flipt_ffi_flag_describe(self.state(), flag),
            20 => _ = flipt_ffi_flag_definition(self.state(), flag),
            21 => _ = flipt_ffi_now(),
            22 | 23 => {
                let head = [self.state(), flag, length, length.wrapping_add(2)];
                put(&[&head.map(u32::to_ne_bytes).concat()[..], self.input].concat());
                assert_ne!(flipt_ffi_evaluate(), Code::Panic as u32);
            }
            24 => _ = flipt_ffi_evaluate_staged(),
            25 => _ = flipt_ffi_matched(length),
            26 => {
                put(self.input);
                flipt_ffi_stage(length);
            }
            27 => _ = flipt_ffi_unstage(),
            28 => _ = flipt_ffi_outbox_next(),
            _ => _ = outbox(),
        }
    }
}

fuzz_target!(|bytes: &[u8]| bounded(bytes, |bytes| {
    let mut session = Session { input: bytes, ..Session::default() };
    // As many as a byte can choose from.
    while !session.input.is_empty() && session.states.len() + session.loaders.len() + session.channels.len() < 60 {
        session.call();
    }
    for loader in session.loaders {
        flipt_ffi_load_abort(loader);
    }
    for channel in session.channels {
        flipt_ffi_channel_close(channel);
    }
    for state in session.states {
        flipt_ffi_state_release(state);
    }
    flipt_ffi_unstage();
    outbox();
    assert_eq!([0, 1, 2].map(|what| flipt_ffi_count(what)), [0, 0, 0], "states, loaders, channels");
}));
