use crate::Moment;

/// Tells the time. Rules that depend on it are tested with a clock that stands still.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Moment;
}
