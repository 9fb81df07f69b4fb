//! TCP connections of HTTP clients, and limits on their number and idle time.
//!
//! A connection costs a file descriptor and about 16 KiB regardless of its use, and a client gets one without sending
//! any request. The HTTP library only limits the time for the first head on a connection. This module also limits the
//! time for later heads, and the number of connections, altogether and by address.
//!
//! * [`ClientConnections`]: the list of all connections, which closes overdue ones.
//! * `admission`: admission of new connections.
//! * [`ClientStream`]: the stream of a connection, as the HTTP library reads and writes it.
//! * `connection`: the state of a connection: idle, receiving or serving a request.
//! * [`serve_upgraded`]: connections that have become sockets.
//! * `refusal`: responses written without the HTTP library.

mod admission;
mod client_stream;
mod connection;
mod connections;
mod refusal;
mod tracking;
mod upgraded;

pub use client_stream::ClientStream;
pub use connections::{BODY_REST, ClientConnections, ConnectionRules};
pub use tracking::track_requests;
pub use upgraded::serve_upgraded;

pub(crate) use tracking::Receiving;
