//! What operations cost their caller, in the unit of its quota: a usual call.

use std::num::NonZeroU32;

use parking_lot::Mutex;

/// What an answer says of its cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    /// How many calls it was charged as, or would have been.
    pub(crate) requested: u32,
    /// How many are left, as the headers of its HTTP response say.
    pub(crate) remaining: u32,
}

impl Cost {
    /// As the value of `extensions`.
    pub(crate) fn to_extensions(self) -> String {
        let Self { requested, remaining } = self;
        format!(r#"{{"cost":{{"requested":{requested},"remaining":{remaining}}}}}"#)
    }
}

/// Adds up what one operation is charged.
#[derive(Debug)]
pub(crate) struct Meter(Mutex<Cost>);

impl Meter {
    /// Begins with what was charged for the operation before it was looked at.
    pub(crate) const fn new(charged: Cost) -> Self {
        Self(Mutex::new(charged))
    }

    /// Notes a charge, after which so many calls are left.
    pub(crate) fn add(&self, calls: NonZeroU32, remaining: u32) {
        let mut cost = self.0.lock();
        cost.requested = cost.requested.saturating_add(calls.get());
        cost.remaining = remaining;
    }

    /// What it is by now.
    pub(crate) fn read(&self) -> Cost {
        *self.0.lock()
    }
}
