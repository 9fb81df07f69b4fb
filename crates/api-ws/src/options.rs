//! How the gateway behaves.

use std::time::Duration;

use http_edge::websocket::SocketRules;
use uuid::Uuid;

/// How the gateway behaves.
#[derive(Debug, Clone)]
pub struct GatewayOptions {
    /// The pace of a socket that has not asked for another.
    pub interval: Duration,
    /// Limits of every socket.
    pub sockets: SocketRules,
}

impl GatewayOptions {
    /// Returns when a client should come back after a restart: spread over some seconds.
    pub(crate) fn retry_after_ms(&self) -> u32 {
        500 + Uuid::new_v4().as_fields().0 % 4_500
    }
}
