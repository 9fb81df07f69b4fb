//! The contract of `Clock`.
//!
//! `port_contracts::clock_contract!(my_clock);` generates a test for each check below. The argument is an async
//! function without arguments that returns a clock. A stopped clock does not pass [`the_clock_advances`].

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use application::ports::Clock;

/// Generates a test for each check of the contract.
#[macro_export]
macro_rules! clock_contract {
    ($($subject:tt)+) => {
        $crate::contract! { clock, $($subject)+ =>
            uptime_never_decreases
            readings_are_ordered_across_threads
            the_calendar_shows_a_plausible_year
            the_clock_advances
        }
    };
}

pub async fn uptime_never_decreases(clock: &dyn Clock) {
    let mut last = clock.now().uptime_us;
    for _ in 0..10_000 {
        let now = clock.now().uptime_us;
        assert!(now >= last, "{now} after {last}");
        last = now;
    }
}

/// Checks that a reading received from another thread is never later than the receiver's next reading.
pub async fn readings_are_ordered_across_threads(clock: &dyn Clock) {
    let (sender, received) = mpsc::sync_channel(0);
    thread::scope(|scope| {
        scope.spawn(move || {
            for _ in 0..1_000 {
                let sent = sender.send(clock.now().uptime_us);
                sent.expect("the other thread receives all readings");
            }
        });
        for earlier in received {
            let later = clock.now().uptime_us;
            assert!(later >= earlier, "{later} after {earlier}");
        }
    });
}

/// Checks that the clock does not start in 1970: robots' timestamps are compared with it, and would be rejected as
/// being in the future.
pub async fn the_calendar_shows_a_plausible_year(clock: &dyn Clock) {
    const YEAR_2000_US: u64 = 946_684_800_000_000;
    const YEAR_2200_US: u64 = 7_258_118_400_000_000;
    let now = clock.now().unix_us;
    assert!((YEAR_2000_US..YEAR_2200_US).contains(&now), "{now}");
}

pub async fn the_clock_advances(clock: &dyn Clock) {
    let (began, earlier) = (Instant::now(), clock.now());
    tokio::time::sleep(Duration::from_millis(30)).await;
    let later = clock.now();
    let passed = later.since(earlier);
    assert!(passed >= Duration::from_millis(29), "{passed:?}");
    assert!(passed <= began.elapsed() + Duration::from_millis(1), "{passed:?}");
}
