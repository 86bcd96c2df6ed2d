//! Panics, which end a call and nothing else.

use crate::code::Code;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::Once;

/// Has panics print nothing: each is caught and reported as a code, and standard error belongs to the program. The hook is
/// that of this library's own copy of the standard library.
pub fn silence() {
    static SILENCED: Once = Once::new();
    SILENCED.call_once(|| set_hook(Box::new(|_| ())));
}

/// Runs a call. Returns its result, its code, or the code of a panic.
#[inline]
pub fn guarded<T: Into<u32>>(call: impl FnOnce() -> Result<T, Code>) -> u32 {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => value.into(),
        Ok(Err(code)) => code.into(),
        Err(_) => Code::Panic.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{guarded, silence};
    use crate::code::Code;
    use std::process::Command;

    const CHILD: &str = "FLIPT_FFI_TEST_PANICS";

    #[test]
    fn a_panic_is_a_code_and_prints_nothing() {
        if std::env::var_os(CHILD).is_some() {
            silence();
            let code = guarded(|| if std::env::var_os(CHILD).is_some() { panic!("on purpose") } else { Ok(0_u32) });
            std::process::exit(i32::from(code != u32::from(Code::Panic)));
        }
        let itself = std::env::current_exe().expect("a test has a file");
        let arguments = ["--exact", "panics::tests::a_panic_is_a_code_and_prints_nothing", "--nocapture"];
        let output = Command::new(itself).args(arguments).env(CHILD, "1").output().expect("a test starts");
        assert!(output.status.success(), "{output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}
