use crate::Moment;

/// Source of the current time. Rules that depend on time take it from here, so that tests can use a clock that stands
/// still.
pub trait Clock: Send + Sync {
    /// Returns the current time. Its calendar part may jump; its uptime never goes back, and is comparable between
    /// threads.
    fn now(&self) -> Moment;
}
