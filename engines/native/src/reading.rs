//! What is known of the document that this thread reads, for the visitors that serde makes: it has no way to hand it to
//! them.

use crate::limits::Refusal;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

thread_local! {
    /// How many more members the maps of a snapshot may have.
    static MEMBERS_LEFT: Cell<usize> = const { Cell::new(0) };
    /// Whether nobody waits any more for what this thread compiles.
    static STOP: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
}

/// A member of a snapshot's maps has at least this many bytes on average: a flag is in three maps, and has 60 bytes itself.
const MIN_MEMBER_BYTES: usize = 16;

/// In a loop over elements of a document, [`check`] is worth its time every so many.
const CHECKED_EVERY: usize = 256;

/// Begins to read a snapshot of this many bytes.
pub fn begin_snapshot(bytes: usize) {
    MEMBERS_LEFT.set(bytes / MIN_MEMBER_BYTES + 1);
}

/// Counts a member of a snapshot's map.
pub fn count_member() -> Result<(), Refusal> {
    let left = MEMBERS_LEFT.get().checked_sub(1).ok_or(Refusal::TooLarge)?;
    MEMBERS_LEFT.set(left);
    check_at(left)
}

/// Compiles on this thread until `stop` is set.
pub fn stoppable<T>(stop: &Arc<AtomicBool>, work: impl FnOnce() -> T) -> T {
    STOP.set(Some(Arc::clone(stop)));
    let result = work();
    STOP.set(None);
    result
}

/// Fails when nobody waits for the result any more.
pub fn check() -> Result<(), Refusal> {
    #[cfg(test)]
    tests::CHECKS.set(tests::CHECKS.get() + 1);
    let is_stopped = STOP.with_borrow(|stop| stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed)));
    if is_stopped { Err(Refusal::Stopped) } else { Ok(()) }
}

/// As [`check`], for the `n`th turn of a loop.
#[inline]
pub fn check_at(n: usize) -> Result<(), Refusal> {
    if n.is_multiple_of(CHECKED_EVERY) { check() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::stoppable;
    use crate::compile::{compile_document, compile_snapshot};
    use crate::limits::Refusal;
    use crate::snapshot;
    use std::cell::Cell;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    thread_local! {
        /// How often this thread looked whether anybody still waits.
        pub static CHECKS: Cell<usize> = const { Cell::new(0) };
    }

    /// At most this many bytes of a document are read or compiled between two looks: that takes about a millisecond.
    const BYTES_PER_CHECK: usize = 50_000;

    fn flag(key: usize, more: &str) -> String {
        format!(r#"{{"key":"{key}","name":"","enabled":true,{more}}}"#)
    }

    fn list(count: usize, element: impl Fn(usize) -> String) -> String {
        (0..count).map(element).collect::<Vec<_>>().join(",")
    }

    fn rule(segments: &str, distributions: &str) -> String {
        flag(
            0,
            &format!(r#""rules":[{{"segmentOperator":"","segments":[{segments}],"distributions":[{distributions}]}}]"#),
        )
    }

    fn segment(constraints: &str) -> String {
        format!(r#"{{"key":"","matchType":"","constraints":[{constraints}]}}"#)
    }

    fn listing(kind: &str, elements: &str) -> String {
        rule(
            &segment(&format!(
                r#"{{"type":"{kind}_CONSTRAINT_COMPARISON_TYPE","property":"","operator":"isoneof","value":"[{elements}]"}}"#
            )),
            "",
        )
    }

    fn documents() -> Vec<(&'static str, String)> {
        let constraint = |n| format!(r#"{{"type":"","property":"p{n}","operator":"","value":"v{n}"}}"#);
        let plain = |n| format!(r#"{{"key":"{n}","matchType":"","constraints":[]}}"#);
        let flags = [
            ("flags", list(20_000, |n| flag(n, r#""type":"""#))),
            (
                "rollouts",
                flag(0, &format!(r#""rollouts":[{}]"#, list(9_999, |_| r#"{"description":"nothing applies"}"#.into()))),
            ),
            ("segments", rule(&list(20_000, plain), "")),
            ("constraints", rule(&segment(&list(20_000, constraint)), "")),
            ("distributions", rule("", &list(20_000, |n| format!(r#"{{"variantKey":"{n}","rollout":1}}"#)))),
            ("strings", listing("STRING", &list(50_000, |n| format!(r#"\"{n}\""#)))),
            ("numbers", listing("NUMBER", &list(50_000, |n| n.to_string()))),
        ];
        flags
            .into_iter()
            .map(|(name, flags)| (name, format!(r#"{{"namespace":{{"key":"shop"}},"flags":[{flags}]}}"#)))
            .collect()
    }

    #[test]
    fn whatever_a_document_is_made_of_it_is_never_read_for_long_without_a_look() {
        for (name, json) in documents() {
            CHECKS.set(0);
            let state = compile_document(&json, "shop").expect(name);
            let checks = CHECKS.get();
            assert!(checks > json.len() / BYTES_PER_CHECK, "{name}: {checks} for {} bytes", json.len());
            let snapshot = snapshot::write(&state);
            CHECKS.set(0);
            let json = snapshot::decode(&snapshot).expect(name);
            compile_snapshot(std::str::from_utf8(&json).expect("text"), "shop").expect(name);
            let checks = CHECKS.get();
            assert!(checks > json.len() / BYTES_PER_CHECK, "snapshot of {name}: {checks} for {} bytes", json.len());
        }
    }

    #[test]
    fn what_nobody_waits_for_is_not_compiled() {
        let stop = Arc::new(AtomicBool::new(true));
        let why = Refusal::Stopped.to_string();
        for (name, json) in documents() {
            let error = stoppable(&stop, || compile_document(&json, "shop")).expect_err(name);
            assert!(error.contains(&why), "{name}: {error}");
            assert!(compile_document(&json, "shop").is_ok());
        }
        assert_eq!(stoppable(&stop, || snapshot::decode(b"e30=")), Err(why));
    }
}
