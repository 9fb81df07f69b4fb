use std::{
    fmt,
    sync::{Arc, Weak},
    thread,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// Time limit for a case, far above the usual time even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Interval at which the watchdog looks at the current case.
const BEAT: Duration = Duration::from_secs(1);

/// The case that is being checked, and its start.
type Current<V> = Mutex<Option<(Instant, V)>>;

/// Watchdog that prints the case and aborts the process if its check does not finish, because an endless loop cannot be
/// stopped in any other way.
pub(super) struct Watchdog<V>(Arc<Current<V>>);

impl<V: fmt::Debug + Send + 'static> Watchdog<V> {
    pub(super) fn new(what: &str) -> Self {
        let current = Arc::new(Current::default());
        let (watched, what) = (Arc::downgrade(&current), what.to_owned());
        thread::spawn(move || watch(&watched, &what));
        Self(current)
    }

    pub(super) fn begins(&self, case: V) -> Instant {
        let now = Instant::now();
        *self.0.lock() = Some((now, case));
        now
    }

    pub(super) fn ended(&self) {
        *self.0.lock() = None;
    }
}

fn watch<V: fmt::Debug>(current: &Weak<Current<V>>, what: &str) {
    while let Some(current) = current.upgrade() {
        if let Some((since, case)) = &*current.lock()
            && since.elapsed() > PATIENCE
        {
            eprintln!("{what}: the check did not finish within {PATIENCE:?}: {case:?}");
            std::process::abort();
        }
        // Hold no reference while sleeping, so that the thread stops with the watchdog.
        drop(current);
        thread::sleep(BEAT);
    }
}
