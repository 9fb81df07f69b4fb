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

/// Rate limit of a room: it is served immediately after a quiet interval, and otherwise at most once per interval. All
/// times are microseconds of uptime.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    interval_us: u64,
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
        self.last_us
            .map_or(now_us, |last| now_us.max(last.saturating_add(self.interval_us)))
    }

    /// Records that positions, which were due at `due_us`, were sent. If they were late by less than an interval, the
    /// next delivery is planned from that time. If it were planned from `now_us`, delays would add up, and the room
    /// would be served less often than its interval allows.
    pub(crate) fn served(&mut self, due_us: u64, now_us: u64) {
        let due_us = self.due_us(due_us).min(now_us);
        let is_late = now_us - due_us < self.interval_us;
        self.last_us = Some(if is_late { due_us } else { now_us });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_quiet_room_is_served_at_once_and_then_once_per_interval() {
        let mut pace = Pace::new(Duration::from_millis(100));
        assert_eq!(pace.due_us(5_000), 5_000);
        pace.served(5_000, 5_000);
        assert_eq!(pace.due_us(6_000), 105_000);
        assert_eq!(pace.due_us(300_000), 300_000);
    }

    #[test]
    fn a_late_timer_does_not_shift_later_deliveries() {
        let mut pace = Pace::new(Duration::from_millis(100));
        pace.served(0, 0);
        pace.served(100_000, 101_200);
        assert_eq!(pace.due_us(101_300), 200_000);
        pace.served(200_000, 500_000);
        assert_eq!(pace.due_us(500_100), 600_000);
    }

    #[test]
    fn a_delivery_that_was_not_late_is_followed_after_a_whole_interval() {
        let mut pace = Pace::new(Duration::from_millis(100));
        pace.served(0, 0);
        pace.served(150_000, 150_300);
        assert_eq!(pace.due_us(150_400), 250_000);
    }

    proptest! {
        #[test]
        fn deliveries_are_due_an_interval_apart(
            interval_ms in 0..500u64, waits in prop::collection::vec((0..400_000u64, 0..300_000u64), 1..80),
        ) {
            let mut pace = Pace::new(Duration::from_millis(interval_ms));
            let (mut now, mut before) = (0, None);
            for (wait, delay) in waits {
                let due = pace.due_us(now + wait);
                if let Some(before) = before {
                    prop_assert!(due >= before + interval_ms * 1_000);
                }
                before = Some(due);
                now = due + delay;
                pace.served(due, now);
            }
        }
    }
}
