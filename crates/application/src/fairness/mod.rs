//! Fair sharing of scarce resources between callers.
//!
//! * [`account`]: attributes work to the request that caused it, and adds up the cost of its scans and long answers.
//! * [`AskedOnce`]: shares one answer between concurrent identical questions.
//! * [`Lanes`]: limits concurrency per key, with a bounded queue for each key.

pub mod account;
mod asked_once;
mod lanes;

pub use asked_once::AskedOnce;
pub use lanes::{Crowded, LanePermit, Lanes};
