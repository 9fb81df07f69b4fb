//! How long nothing could be written to a connection.

use std::time::Duration;

use tokio::time::Instant;

/// Watches whether a connection takes what waits for it. It is looked at once per beat, so a frame that has
/// just begun to wait is not taken for one that waits since the last one was written.
#[derive(Debug, Default)]
pub struct Stall {
    /// Since when a frame waits, and how many had been written then.
    since: Option<(Instant, u64)>,
}

impl Stall {
    /// Returns how long a frame has been waiting; `writes` counts the frames that were taken, `None` when none waits.
    pub fn lasts(&mut self, writes: Option<u64>, now: Instant) -> Option<Duration> {
        let writes = match writes {
            Some(writes) => writes,
            None => {
                self.since = None;
                return None;
            }
        };
        match self.since {
            Some((since, then)) if then == writes => Some(now.duration_since(since)),
            _ => {
                self.since = Some((now, writes));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stall_begins_when_a_frame_waits_and_ends_with_every_write() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut stall = Stall::default();
        assert_eq!(stall.lasts(None, at(0)), None);
        assert_eq!(stall.lasts(Some(5), at(60)), None, "it has just begun to wait");
        assert_eq!(stall.lasts(Some(5), at(61)), Some(Duration::from_secs(1)));
        assert_eq!(stall.lasts(Some(6), at(90)), None, "one was written");
        assert_eq!(stall.lasts(Some(6), at(92)), Some(Duration::from_secs(2)));
        assert_eq!(stall.lasts(None, at(93)), None);
        assert_eq!(stall.lasts(Some(6), at(94)), None);
    }
}
