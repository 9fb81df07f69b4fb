use crate::Moment;

/// Source of the current time. Rules that depend on the time use it, so tests can stop the clock.
pub trait Clock: Send + Sync {
    /// Returns the current time. The wall-clock part may jump. The uptime never decreases, even between threads.
    fn now(&self) -> Moment;
}
