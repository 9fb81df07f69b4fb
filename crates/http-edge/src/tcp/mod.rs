//! TCP connections of HTTP clients: how many there are, and how long each may be idle.
//!
//! A connection costs a file descriptor and some 16 KiB whatever it is used for, and a client need not even send a
//! request to have one. The HTTP library only knows a time limit for the first head on a connection; what is bounded
//! here beside that is the number of connections, altogether and by address, and the time to send any later head.
//!
//! * [`ClientConnections`]: all of them; closes idle ones.
//! * `admission`: new ones.
//! * [`ClientStream`]: one of them, as the HTTP library reads and writes it.
//! * `connection`: what is known of one: whether it is idle, or a request is being served.
//! * `refusal`: answers that are written without the HTTP library.

mod admission;
mod client_stream;
mod connection;
mod connections;
mod refusal;
mod tracking;

pub use client_stream::ClientStream;
pub use connections::{BODY_REST, ClientConnections, ConnectionRules};
pub use tracking::track_requests;

pub(crate) use tracking::Receiving;
