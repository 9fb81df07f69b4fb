//! One connection.

mod lanes;
mod misbehaviour;
mod outbound;
mod session;
mod stall;

pub(crate) use lanes::Lanes;
pub(crate) use outbound::{Outbound, answer_frame};
pub(crate) use session::{Session, millis};
