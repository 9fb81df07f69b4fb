//! How callers share what there is little of.
//!
//! * [`account`]: on whose account the present request's work is done, and what its scans have cost.
//! * [`AskedOnce`]: one answer for all who ask the same at the same time.
//! * [`Lanes`]: a few places per key, with a bounded queue before them.

pub mod account;
mod asked_once;
mod lanes;

pub use asked_once::AskedOnce;
pub use lanes::{Crowded, LanePermit, Lanes};
