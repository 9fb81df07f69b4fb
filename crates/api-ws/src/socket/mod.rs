//! One WebSocket connection.

mod lanes;
mod outbound;
mod session;

pub(crate) use lanes::Lanes;
pub(crate) use outbound::{Outbound, answer_frame};
pub(crate) use session::{Session, millis};
