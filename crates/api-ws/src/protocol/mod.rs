//! What is said on a socket.

mod answer;
mod described;
mod later;
mod request;

pub(crate) use answer::{Answer, ErrorCode, UserInfo};
pub(crate) use described::ClientMessage;
pub(crate) use request::{Command, Request, RequestFault, ShownToken};
