//! The contract of `Clock`.
//!
//! `port_contracts::clock_contract!(my_clock);` makes a test of each function below. The argument is an async function
//! without arguments that returns a clock. [`it_goes_on`] is not for clocks that stand still.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use application::ports::Clock;

/// Checks a clock against the whole contract, a test per sentence.
#[macro_export]
macro_rules! clock_contract {
    ($($subject:tt)+) => {
        $crate::contract! { clock, $($subject)+ =>
            uptime_never_goes_back
            threads_agree_on_what_comes_later
            the_calendar_is_of_this_age
            it_goes_on
        }
    };
}

pub async fn uptime_never_goes_back(clock: &dyn Clock) {
    let mut last = clock.now().uptime_us;
    for _ in 0..10_000 {
        let now = clock.now().uptime_us;
        assert!(now >= last, "{now} after {last}");
        last = now;
    }
}

/// A reading that one thread has passed on lies before the next one of the thread that has received it.
pub async fn threads_agree_on_what_comes_later(clock: &dyn Clock) {
    let (sender, received) = mpsc::sync_channel(0);
    thread::scope(|scope| {
        scope.spawn(move || {
            for _ in 0..1_000 {
                let sent = sender.send(clock.now().uptime_us);
                sent.expect("the other thread receives all of them");
            }
        });
        for earlier in received {
            let later = clock.now().uptime_us;
            assert!(later >= earlier, "{later} after {earlier}");
        }
    });
}

/// Robots' timestamps are compared with it: a calendar that starts at 1970 would refuse all of them.
pub async fn the_calendar_is_of_this_age(clock: &dyn Clock) {
    const YEAR_2000_US: u64 = 946_684_800_000_000;
    const YEAR_2200_US: u64 = 7_258_118_400_000_000;
    let now = clock.now().unix_us;
    assert!((YEAR_2000_US..YEAR_2200_US).contains(&now), "{now}");
}

pub async fn it_goes_on(clock: &dyn Clock) {
    let (began, earlier) = (Instant::now(), clock.now());
    tokio::time::sleep(Duration::from_millis(30)).await;
    let later = clock.now();
    let passed = later.since(earlier);
    assert!(passed >= Duration::from_millis(29), "{passed:?}");
    assert!(passed <= began.elapsed() + Duration::from_millis(1), "{passed:?}");
}
