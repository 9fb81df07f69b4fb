use crate::Moment;

/// Source of the current time. Rules that depend on time read it from here, so that tests can use a stopped clock.
pub trait Clock: Send + Sync {
    /// Returns the current time. Its calendar part may jump; its uptime never decreases, and is comparable between
    /// threads.
    fn now(&self) -> Moment;
}
