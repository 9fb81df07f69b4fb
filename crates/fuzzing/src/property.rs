//! The harness itself: runs a check for generated cases, and reports the smallest case that fails.

use std::{
    any::Any,
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestCaseError, TestError, TestRunner},
};

use crate::{silence, watchdog::Watchdog};

/// Environment variable with the minimum duration, in seconds.
const SECONDS: &str = "FLEETWATCH_FUZZ_SECONDS";

/// Number of cases if no duration is set.
const CASES: u32 = 256;

/// Checks that `check` does not panic for any of the cases, and reports the smallest failing case. If `check` does not
/// return, the process is aborted.
///
/// # Panics
/// Panics if a case fails.
pub fn fuzz<S>(what: &str, cases: S, check: impl Fn(S::Value))
where
    S: Strategy,
    S::Value: Clone + Send + 'static,
{
    let began = Instant::now();
    let until = seconds().map(|seconds| began + seconds);
    let config = Config {
        cases: CASES,
        // Each run generates new cases. A failing case should become a separate test.
        failure_persistence: None,
        ..Config::default()
    };
    let watchdog = Watchdog::new(what);
    let (checked, slowest) = (Cell::new(0_u64), Cell::new(Duration::ZERO));
    let property = |case: S::Value| {
        let began = watchdog.begins(case.clone());
        let outcome = silence::kept(|| catch_unwind(AssertUnwindSafe(|| check(case))));
        watchdog.ended();
        checked.set(checked.get() + 1);
        slowest.set(slowest.get().max(began.elapsed()));
        outcome.map_err(|panic| TestCaseError::fail(text_of(&*panic)))
    };
    loop {
        // A runner stops after its number of cases, so each round needs a new one.
        match TestRunner::new(config.clone()).run(&cases, property) {
            Ok(()) => {}
            Err(TestError::Fail(reason, case)) => panic!("{what}: {reason}\nthe smallest case: {case:?}"),
            Err(error) => panic!("{what}: {error}"),
        }
        if until.is_none_or(|until| Instant::now() >= until) {
            break;
        }
    }
    let (took, slowest) = (began.elapsed(), slowest.get());
    eprintln!(
        "{what}: {} cases in {took:.1?}, the slowest in {slowest:.1?}",
        checked.get()
    );
}

fn seconds() -> Option<Duration> {
    let text = std::env::var(SECONDS).ok()?;
    let seconds = text
        .parse()
        .unwrap_or_else(|_| panic!("{SECONDS} must be a number of seconds"));
    Some(Duration::from_secs(seconds))
}

fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_property_that_holds_is_checked_for_all_cases() {
        let tried = Cell::new(0);
        fuzz("numbers", any::<u8>(), |_| tried.set(tried.get() + 1));
        assert!(tried.get() >= CASES, "{tried:?}");
    }

    #[test]
    fn a_failing_case_is_shrunk() {
        let fails = || {
            fuzz("numbers", 0..1_000_u32, |number| {
                assert!(number < 17, "{number} is too much")
            })
        };
        let panic = catch_unwind(fails).expect_err("the property does not hold");
        let message = text_of(&*panic);
        assert!(
            message.contains("17 is too much") && message.ends_with("the smallest case: 17"),
            "{message}"
        );
    }
}
