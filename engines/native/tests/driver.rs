//! Many threads at once that load, publish, follow, evaluate, release and end in the middle, with right and with wrong
//! handles, lengths and bytes. It asserts little: sanitizers watch it (`deno task sanitize`).

#[allow(dead_code, reason = "the driver loads by itself")]
mod common;

use common::{DOCUMENT, outbox, put, request};
use flipt_ffi_engine::abi::*;
use flipt_ffi_engine::code::{Code, FIRST};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const SNAPSHOT: u32 = 1;
const THREADS: usize = 8;

/// For how long, in seconds.
const SECONDS: &str = "FLIPT_FFI_DRIVER_SECONDS";

/// Channels that some thread opened, for all others.
static CHANNELS: [AtomicU32; 8] = [const { AtomicU32::new(0) }; 8];
static CALLS: AtomicU64 = AtomicU64::new(0);

/// A document of `flags` flags, of both types and with lists.
fn document(flags: usize, version: u64) -> String {
    let mut text = r#"{"namespace":{"key":"shop"},"digest":"d","flags":["#.to_owned();
    for n in 0..flags {
        let comma = if n > 0 { "," } else { "" };
        let segment = |key: &str| {
            format!(
                r#"{{"key":"{key}-{n}","matchType":"ALL_SEGMENT_MATCH_TYPE","constraints":[{{"type":"STRING_CONSTRAINT_COMPARISON_TYPE","property":"country","operator":"isoneof","value":"[\"NL\",\"DE\",\"v{version}\"]"}}]}}"#
            )
        };
        text += &format!(
            r#"{comma}{{"key":"v-{n}","name":"","enabled":true,"rules":[{{"segments":[{},{}],"segmentOperator":"OR_SEGMENT_OPERATOR","distributions":[{{"variantKey":"a","rollout":{}}},{{"variantKey":"b","rollout":50}}]}}]}},{{"key":"b-{n}","name":"","enabled":true,"type":"BOOLEAN_FLAG_TYPE","rollouts":[{{"threshold":{{"percentage":{},"value":true}}}}]}}"#,
            segment("one"),
            segment("other"),
            version % 50 + 1,
            version % 100
        );
    }
    text + "]}"
}

struct Driver {
    seed: u64,
    states: Vec<u32>,
    loaders: Vec<u32>,
    channels: Vec<u32>,
    calls: u64,
}

impl Driver {
    fn random(&mut self, below: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed % below
    }

    /// One of `all`, or now and then any number at all.
    fn handle(&mut self, all: &[u32]) -> u32 {
        if all.is_empty() || self.random(16) == 0 {
            return self.random(1 << 32) as u32;
        }
        all[self.random(all.len() as u64) as usize]
    }

    fn state(&mut self) -> u32 {
        let states = std::mem::take(&mut self.states);
        let state = self.handle(&states);
        self.states = states;
        state
    }

    fn keep(&mut self, state: u32) {
        if state < FIRST {
            self.states.push(state);
        }
        if self.states.len() > 6 {
            let state = self.states.remove(0);
            assert_eq!(flipt_ffi_state_release(state), 0);
        }
    }

    fn load(&mut self) {
        let flags = if self.random(4) == 0 { 200 } else { self.random(3) as usize };
        let version = self.random(5);
        let mut bytes = document(flags, version).into_bytes();
        let mut format = DOCUMENT;
        if self.random(8) == 0 {
            format = SNAPSHOT;
            let state = self.state();
            if flipt_ffi_state_snapshot(state) < FIRST {
                bytes = outbox();
            }
        }
        if self.random(8) == 0 {
            let at = self.random(bytes.len() as u64) as usize;
            bytes[at] = self.random(256) as u8;
        }
        let loader = flipt_ffi_load_begin(format, put(b"shop"));
        for chunk in bytes.chunks(BUFFER_LENGTH) {
            flipt_ffi_load_write(loader, put(chunk));
        }
        if self.random(16) > 0 {
            flipt_ffi_load_finish(loader);
        }
        self.calls += 3;
        self.loaders.push(loader);
        if self.loaders.len() > 3 {
            let loader = self.loaders.remove(0);
            if self.random(4) == 0 {
                flipt_ffi_load_abort(loader);
            } else {
                self.take(loader);
            }
        }
    }

    fn take(&mut self, loader: u32) {
        loop {
            self.calls += 1;
            match flipt_ffi_load_take(loader) {
                code if code == Code::Pending as u32 => std::thread::sleep(Duration::from_micros(200)),
                code if code >= FIRST => {
                    outbox();
                    // One that was never finished stays.
                    flipt_ffi_load_abort(loader);
                    return;
                }
                state => return self.keep(state),
            }
        }
    }

    fn evaluate(&mut self) {
        let state = self.state();
        let key = format!("{}-{}", if self.random(2) == 0 { "v" } else { "b" }, self.random(3));
        let flag = flipt_ffi_flag_find(state, put(key.as_bytes()));
        let flag = if flag >= FIRST { self.random(4) as u32 } else { flag };
        let values: &[&str] = match self.random(3) {
            0 => &["entity"],
            1 => &["entity", "NL"],
            _ => &["", "DE", "more"],
        };
        let mut bytes = request(state, flag, values);
        if self.random(8) == 0 {
            let at = self.random(bytes.len() as u64) as usize;
            bytes[at] ^= 1 << self.random(8);
        }
        if self.random(4) == 0 {
            flipt_ffi_stage(put(&bytes));
            flipt_ffi_evaluate_staged();
        } else {
            put(&bytes);
            flipt_ffi_evaluate();
        }
        if flipt_ffi_matched(self.random(80) as u32) < FIRST {
            outbox();
        }
        self.calls += 4;
    }

    fn channel(&mut self) {
        let place = self.random(CHANNELS.len() as u64) as usize;
        let state = self.state();
        match self.random(4) {
            0 => {
                let channel = flipt_ffi_channel_open(state);
                if channel < FIRST {
                    self.channels.push(channel);
                    CHANNELS[place].store(channel, Ordering::Relaxed);
                }
            }
            1 => {
                flipt_ffi_channel_publish(CHANNELS[place].load(Ordering::Relaxed), state);
            }
            2 => {
                let followed = flipt_ffi_channel_follow(CHANNELS[place].load(Ordering::Relaxed));
                self.keep(followed);
            }
            _ if self.channels.len() > 2 => {
                let channel = self.channels.remove(0);
                flipt_ffi_channel_close(channel);
            }
            _ => {
                put(&state.to_ne_bytes());
                flipt_ffi_state_check();
            }
        }
        self.calls += 1;
    }

    fn read(&mut self) {
        let (state, previous, flag) = (self.state(), self.state(), self.random(5) as u32);
        let posted = match self.random(6) {
            0 => flipt_ffi_state_describe(state),
            1 => flipt_ffi_state_flags(state),
            2 => flipt_ffi_state_changed(state, previous),
            3 => flipt_ffi_flag_describe(state, flag),
            4 => flipt_ffi_flag_definition(state, flag),
            _ => flipt_ffi_flag_fits(state, flag, 2, 1000),
        };
        if posted < FIRST && self.random(8) > 0 {
            outbox();
        }
        self.calls += 2;
    }

    /// Numbers that mean nothing, or what they should not.
    fn nonsense(&mut self) {
        let (one, other) = (self.random(1 << 32) as u32, self.random(1 << 17) as u32);
        let handle = self.loaders.first().copied().unwrap_or(one);
        flipt_ffi_load_begin(other, other);
        flipt_ffi_load_write(handle, other);
        flipt_ffi_load_take(one);
        flipt_ffi_load_abort(one);
        flipt_ffi_state_release(one);
        flipt_ffi_channel_publish(one, one);
        flipt_ffi_channel_close(one);
        flipt_ffi_stage(other);
        flipt_ffi_unstage();
        flipt_ffi_flag_find(one, other);
        flipt_ffi_flag_find_staged(one);
        flipt_ffi_count(other % 8);
        flipt_ffi_now();
        self.calls += 13;
    }

    /// Until `end`, or until this thread ends in the middle of what it does.
    fn run(mut self, end: Instant) {
        let lifetime = self.random(400);
        for _ in 0..lifetime {
            if Instant::now() >= end {
                break;
            }
            match self.random(10) {
                0 | 1 => self.load(),
                2..=5 => self.evaluate(),
                6 | 7 => self.channel(),
                8 => self.read(),
                _ => self.nonsense(),
            }
        }
        CALLS.fetch_add(self.calls, Ordering::Relaxed);
    }
}

#[test]
fn threads_do_anything_in_any_order_and_leave_nothing_behind() {
    let seconds = std::env::var(SECONDS).ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(1);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut ended = 0;
    std::thread::scope(|scope| {
        let turns: Vec<_> = (0..THREADS as u64)
            .map(|place| {
                scope.spawn(move || {
                    let mut threads = 0;
                    while Instant::now() < end {
                        threads += 1;
                        let seed = 0x9E37_79B9_7F4A_7C15 ^ (place << 32 | threads) << 7;
                        let driver = Driver { seed, states: vec![], loaders: vec![], channels: vec![], calls: 0 };
                        std::thread::spawn(move || driver.run(end)).join().expect("no call panics");
                    }
                    threads
                })
            })
            .collect();
        ended = turns.into_iter().map(|turn| turn.join().expect("it ends")).sum();
    });
    println!("{} calls by {ended} threads in {seconds} s", CALLS.load(Ordering::Relaxed));
    assert!(CALLS.load(Ordering::Relaxed) > 1_000);
    for what in 0..3 {
        assert_eq!(flipt_ffi_count(what), 0, "count {what}");
    }
    let is_idle = (0..2_000).any(|_| {
        std::thread::sleep(Duration::from_millis(5));
        flipt_ffi_count(3) == 0
    });
    assert!(is_idle);
}
