//! What is said on a socket.

mod answer;
mod request;

pub(crate) use answer::{Answer, ErrorCode, UserInfo};
pub(crate) use request::{Command, Request, RequestFault, ShownToken};
