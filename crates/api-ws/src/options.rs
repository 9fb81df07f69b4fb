//! Settings of the gateway.

use std::time::Duration;

use http_edge::websocket::SocketRules;

#[derive(Debug, Clone)]
pub struct GatewayOptions {
    /// Interval between deliveries, until a client configures another interval for its socket.
    pub interval: Duration,
    pub sockets: SocketRules,
}
