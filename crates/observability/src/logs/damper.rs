//! Limits on the number of log lines of each kind.
//!
//! Rejected requests cost their senders nothing, and while a store is unavailable, every request that needs it fails. A
//! line for each would hide other lines and fill the disk. Therefore, only the first few in a window are written, and a
//! line at the end of the window states the number of those that were not.

use std::{
    collections::HashMap,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tracing::{
    Event, Level, Metadata, Subscriber,
    callsite::Identifier,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context};

/// Target of lines about rejected requests.
pub(crate) const REFUSED: &str = "observability::http::refused";
/// Target of the lines at the end of a window.
const SUMMARY: &str = "observability::logs::summary";

/// Length of a window.
const WINDOW: Duration = Duration::from_secs(10);
/// Maximum number of lines about rejected requests per status and window.
const REFUSED_AT_MOST: u32 = 5;
/// Maximum number of warnings and errors per call site and window.
const FAULTS_AT_MOST: u32 = 50;

/// Layer that discards lines of a kind beyond its limit in the current window.
#[derive(Clone)]
pub(super) struct Damper(Arc<Mutex<Window>>);

struct Window {
    began: Instant,
    /// Bounded by the number of call sites times the number of HTTP statuses.
    kinds: HashMap<Kind, Lines>,
}

#[derive(PartialEq, Eq, Hash)]
struct Kind {
    place: Identifier,
    status_code: Option<u64>,
}

#[derive(Default)]
struct Lines {
    written: u32,
    left_out: u64,
    /// Message of the first discarded line.
    message: String,
}

impl Damper {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Window {
            began: Instant::now(),
            kinds: HashMap::new(),
        })))
    }

    /// Ends the window if it is over, and logs the number of discarded lines. Must be called about once a second.
    pub(super) fn sum_up(&self) {
        self.sum_up_at(Instant::now());
    }

    /// Ends the window early, and logs the number of discarded lines. Must be called before the process exits.
    pub(super) fn finish(&self) {
        self.end_window(Instant::now(), Duration::ZERO);
    }

    fn sum_up_at(&self, now: Instant) {
        self.end_window(now, WINDOW);
    }

    /// Ends the window if it has lasted for `at_least`.
    fn end_window(&self, now: Instant, at_least: Duration) {
        let (kinds, lasted) = {
            let mut window = self.0.lock();
            let lasted = now.saturating_duration_since(window.began);
            if lasted < at_least {
                return;
            }
            window.began = now;
            (std::mem::take(&mut window.kinds), lasted)
        };
        let window_s = lasted.min(WINDOW).as_secs_f64().ceil() as u64;
        // Log after the lock is released, because these lines pass through this layer themselves.
        for (Kind { status_code, .. }, lines) in kinds {
            if lines.left_out > 0 {
                tracing::warn!(target: SUMMARY, left_out = lines.left_out, of = lines.message, status_code, window_s,
                    "repeated log lines were suppressed");
            }
        }
    }

    fn is_written(&self, event: &Event<'_>) -> bool {
        let Some(at_most) = allowance(event.metadata()) else {
            return true;
        };
        let mut seen = Seen::default();
        if event.metadata().target() == REFUSED {
            event.record(&mut seen);
        }
        let kind = Kind {
            place: event.metadata().callsite(),
            status_code: seen.status_code,
        };
        let mut window = self.0.lock();
        let lines = window.kinds.entry(kind).or_default();
        if lines.written < at_most {
            lines.written += 1;
            return true;
        }
        // Format the message of the first discarded line only, because formatting costs more than counting.
        if lines.left_out == 0 {
            event.record(&mut seen);
            lines.message = seen.message;
        }
        lines.left_out += 1;
        false
    }
}

impl<S: Subscriber> Layer<S> for Damper {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        self.is_written(event)
    }
}

/// Returns the limit for the kind of a line; `None` if it is unlimited.
fn allowance(metadata: &Metadata<'_>) -> Option<u32> {
    match metadata.target() {
        SUMMARY => None,
        REFUSED => Some(REFUSED_AT_MOST),
        _ if *metadata.level() <= Level::WARN => Some(FAULTS_AT_MOST),
        _ => None,
    }
}

/// Fields that determine the kind of a line, and its message.
#[derive(Default)]
struct Seen {
    message: String,
    status_code: Option<u64>,
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "status_code" {
            self.status_code = Some(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::logs::written::Written;

    /// Runs `work` with a damper, and returns the lines that were written.
    fn lines_of(work: impl FnOnce(&Damper)) -> Vec<String> {
        let (written, damper) = (Written::default(), Damper::new());
        let layer = tracing_subscriber::fmt::layer()
            .without_time()
            .with_ansi(false)
            .with_writer(written.clone());
        let subscriber = tracing_subscriber::registry().with(layer).with(damper.clone());
        tracing::subscriber::with_default(subscriber, || work(&damper));
        written.lines()
    }

    fn refuse(status_code: u16) {
        tracing::info!(target: REFUSED, status_code, "answered");
    }

    #[test]
    fn rejected_requests_beyond_the_limit_are_one_line_per_status() {
        let lines = lines_of(|damper| {
            (0..34_817).for_each(|_| refuse(429));
            (0..6).for_each(|_| refuse(401));
            damper.sum_up_at(Instant::now() + WINDOW);
        });
        let count = |text: &str| lines.iter().filter(|line| line.contains(text)).count();
        assert_eq!(count("refused: answered status_code=429"), 5);
        assert_eq!(count("refused: answered status_code=401"), 5);
        assert_eq!(
            count("left_out=34812 of=\"answered\" status_code=429"),
            1,
            "{lines:?}"
        );
        assert_eq!(
            count("left_out=1 of=\"answered\" status_code=401"),
            1,
            "{lines:?}"
        );
        assert_eq!(lines.len(), 12, "{lines:?}");
    }

    #[test]
    fn each_window_has_its_own_limit() {
        let lines = lines_of(|damper| {
            (0..10).for_each(|_| refuse(429));
            damper.sum_up();
            damper.sum_up_at(Instant::now() + WINDOW);
            (0..3).for_each(|_| refuse(429));
            damper.sum_up_at(Instant::now() + 2 * WINDOW);
        });
        assert_eq!(lines.len(), 5 + 1 + 3, "{lines:?}");
    }

    #[test]
    fn the_last_window_is_summed_up_before_it_is_over() {
        let lines = lines_of(|damper| {
            (0..10).for_each(|_| refuse(429));
            damper.sum_up();
            damper.finish();
            damper.finish();
        });
        assert_eq!(lines.len(), 5 + 1, "{lines:?}");
        assert!(lines[5].contains("left_out=5 "), "{lines:?}");
    }

    #[test]
    fn only_warnings_of_one_call_site_are_limited() {
        let lines = lines_of(|damper| {
            for number in 0..1_000 {
                tracing::warn!(number, "lost");
                tracing::info!(number, "answered");
            }
            damper.sum_up_at(Instant::now() + WINDOW);
        });
        let count = |text: &str| lines.iter().filter(|line| line.contains(text)).count();
        assert_eq!(count(" WARN observability::logs::damper"), 50);
        assert_eq!(count(" INFO "), 1_000);
        assert_eq!(count("left_out=950 of=\"lost\""), 1);
    }
}
