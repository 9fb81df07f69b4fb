//! Settings of the gateway.

use std::time::Duration;

use http_edge::websocket::SocketRules;
use uuid::Uuid;

#[derive(Debug, Clone)]
pub struct GatewayOptions {
    /// Interval between deliveries, until a client configures another for its socket.
    pub interval: Duration,
    pub sockets: SocketRules,
}

impl GatewayOptions {
    /// Returns the pause before reconnecting after a restart: 500 to 4,999 ms, chosen at random.
    pub(crate) fn retry_after_ms(&self) -> u32 {
        500 + Uuid::new_v4().as_fields().0 % 4_500
    }
}
