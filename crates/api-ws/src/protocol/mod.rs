//! Messages of clients and of the server.

mod answer;
mod described;
mod filter;
mod later;
mod mode;
mod request;

pub(crate) use answer::{Answer, ErrorCode, UserInfo};
pub(crate) use described::ClientMessage;
pub(crate) use mode::mode_word;
pub(crate) use request::{Command, MAX_ID_CHARS, Request, RequestFault, ShownToken};
