//! One WebSocket connection.

mod lanes;
mod outbound;
mod session;

pub(crate) use lanes::Lanes;
pub(crate) use outbound::Outbound;
pub(crate) use session::{Session, millis};
