//! Health endpoints, for probes and operators.

mod bridges;
mod delivery;
mod readiness;
mod response;
mod stores;

pub(crate) use bridges::ros2;
pub(crate) use delivery::websocket;
pub(crate) use readiness::{live, ready};
pub(crate) use stores::{all, database, redis};
