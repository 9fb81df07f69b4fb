//! Cost of operations in calls, the unit of the caller's quota.

use std::num::NonZeroU32;

use parking_lot::Mutex;

/// Cost of an operation, as reported in `extensions.cost` of its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Number of calls that the operation costs, even if it was refused because the quota was exhausted.
    pub(crate) requested: u32,
    /// Number of calls left in the quota.
    pub(crate) remaining: u32,
}

impl Cost {
    pub(crate) fn to_extensions(self) -> String {
        let Self { requested, remaining } = self;
        format!(r#"{{"cost":{{"requested":{requested},"remaining":{remaining}}}}}"#)
    }
}

/// Sum of the charges for one operation.
#[derive(Debug)]
pub(crate) struct Meter(Mutex<Cost>);

impl Meter {
    /// Creates a meter with the charges that were made before the operation was known.
    pub(crate) const fn new(charged: Cost) -> Self {
        Self(Mutex::new(charged))
    }

    /// Adds a charge, after which `remaining` calls are left.
    pub(crate) fn add(&self, calls: NonZeroU32, remaining: u32) {
        let mut cost = self.0.lock();
        cost.requested = cost.requested.saturating_add(calls.get());
        cost.remaining = remaining;
    }

    pub(crate) fn read(&self) -> Cost {
        *self.0.lock()
    }
}
