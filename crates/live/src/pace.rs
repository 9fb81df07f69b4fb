//! The delivery mode and rate of a room.

use std::time::Duration;

/// Form in which changed views are delivered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum DeliveryMode {
    /// Every view is complete.
    #[default]
    Full,
    /// A view comes with the previous one, so that only the difference has to be sent.
    Delta,
}

/// Maximum time by which a delivery may precede its planned time, in microseconds.
const MAX_EARLY_US: u64 = 4_000;

/// Rate limit of a room: it is served immediately after a quiet interval, and otherwise once per interval. All times
/// are microseconds of uptime.
///
/// A delivery may be early by up to 4 % of the interval, and at most 4 ms. Because the server handles messages in
/// rounds, a vehicle that reports once per interval would otherwise often be delivered in the round after the one in
/// which its message arrived. Planned times are at least an interval apart, so early deliveries do not raise the rate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    interval_us: u64,
    /// Planned time of the last delivery.
    last_us: Option<u64>,
}

impl Pace {
    pub(crate) fn new(interval: Duration) -> Self {
        Self {
            interval_us: u64::try_from(interval.as_micros()).unwrap_or(u64::MAX),
            last_us: None,
        }
    }

    /// Returns the earliest time at which the currently waiting positions may be sent.
    pub(crate) fn due_us(&self, now_us: u64) -> u64 {
        let early_us = (self.interval_us / 25).min(MAX_EARLY_US);
        self.planned_us()
            .map_or(now_us, |planned| now_us.max(planned - early_us))
    }

    /// Records that positions, which were due at `due_us`, were sent. The next delivery is planned from the planned
    /// time of this one, unless this one was late by an interval or more. If it were planned from `now_us`, delays
    /// would add up, and the room would be served less often than its interval allows.
    pub(crate) fn served(&mut self, due_us: u64, now_us: u64) {
        let planned_us = self.planned_us().map_or(due_us, |planned| due_us.max(planned));
        let is_in_time = now_us < planned_us.saturating_add(self.interval_us);
        self.last_us = Some(if is_in_time { planned_us } else { now_us });
    }

    /// Returns the planned time of the next delivery; `None` before the first one.
    fn planned_us(&self) -> Option<u64> {
        self.last_us.map(|last| last.saturating_add(self.interval_us))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pace() -> Pace {
        Pace::new(Duration::from_millis(100))
    }

    #[test]
    fn a_quiet_room_is_served_at_once_and_then_once_per_interval() {
        let mut pace = pace();
        assert_eq!(pace.due_us(5_000), 5_000);
        pace.served(5_000, 5_000);
        assert_eq!(pace.due_us(6_000), 101_000);
        assert_eq!(pace.due_us(300_000), 300_000);
    }

    #[test]
    fn a_late_timer_does_not_shift_later_deliveries() {
        let mut pace = pace();
        pace.served(0, 0);
        pace.served(96_000, 101_200);
        assert_eq!(pace.due_us(101_300), 196_000);
        pace.served(196_000, 500_000);
        assert_eq!(pace.due_us(500_100), 596_000);
    }

    #[test]
    fn an_early_delivery_does_not_make_later_ones_earlier() {
        let mut pace = pace();
        pace.served(0, 0);
        pace.served(96_500, 96_500);
        assert_eq!(pace.due_us(97_000), 196_000);
    }

    #[test]
    fn a_delivery_that_was_not_late_is_followed_after_a_whole_interval() {
        let mut pace = pace();
        pace.served(0, 0);
        pace.served(150_000, 150_300);
        assert_eq!(pace.due_us(150_400), 246_000);
    }

    proptest! {
        #[test]
        fn no_room_is_served_more_often_than_its_interval_allows(
            interval_ms in 0..500u64, waits in prop::collection::vec((0..400_000u64, 0..300_000u64), 1..80),
        ) {
            let mut pace = Pace::new(Duration::from_millis(interval_ms));
            let (mut now, mut planned) = (0, None);
            for (wait, delay) in waits {
                let due = pace.due_us(now + wait);
                now = due + delay;
                pace.served(due, now);
                let before = planned.replace(pace.last_us.expect("it was served"));
                if let Some(before) = before {
                    prop_assert!(planned >= Some(before + interval_ms * 1_000));
                    prop_assert!(due + 4_000 >= before + interval_ms * 1_000);
                }
            }
        }
    }
}
