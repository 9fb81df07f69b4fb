//! Messages from clients and from the server.

mod answer;
mod described;
mod filter;
mod later;
mod message_id;
mod mode;
mod request;

pub(crate) use answer::{Answer, ErrorCode, UserInfo};
pub(crate) use described::ClientMessage;
pub(crate) use message_id::MAX_ID_CHARS;
pub(crate) use mode::mode_word;
pub(crate) use request::{Command, Request, RequestFault, ShownToken};
