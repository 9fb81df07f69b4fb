//! The `WS__*` settings.

use std::{num::NonZero, time::Duration};

use super::periods::DAY_MS;
use crate::config::{
    reader::Reader,
    value::{millis, not_zero, number},
};

/// The `WS__*` settings, for `/ws`, `/graphql/ws` and `/graphql/stream`. The limits on connections apply to `/ws`, and,
/// separately, to the other two together.
#[derive(Debug, Clone)]
pub struct Ws {
    /// Maximum number of concurrent sockets.
    pub max_connections: usize,
    /// Maximum number of concurrent sockets per client address.
    pub max_connections_per_ip: usize,
    /// Maximum number of concurrent sockets per user.
    pub max_connections_per_user: usize,
    /// Maximum sustained number of frames per second that a client may send.
    pub max_messages_per_second: NonZero<u32>,
    /// Maximum size of a client's message, in bytes.
    pub max_message_bytes: usize,
    /// Time between two pings.
    pub ping_interval: Duration,
    /// Time limit for the answer to a ping.
    pub pong_timeout: Duration,
    /// Time for which a client may read nothing before its socket is closed.
    pub send_timeout: Duration,
}

impl Ws {
    pub(in crate::config) fn read(from: &mut Reader) -> Self {
        Self {
            max_connections: from.value(
                "WS__MAX_CONNECTIONS",
                "Maximum number of open sockets at `/ws` and, separately, of sockets at `/graphql/ws` and streams at \
                 `/graphql/stream` together; `WS__MAX_CONNECTIONS_PER_IP` and `WS__MAX_CONNECTIONS_PER_USER` apply in \
                 the same way",
                "50000",
                number(1..=10_000_000),
            ),
            max_connections_per_ip: from.value(
                "WS__MAX_CONNECTIONS_PER_IP",
                "Maximum number of open sockets from one address (for IPv6, from one /64 network)",
                "10000",
                number(1..=10_000_000),
            ),
            max_connections_per_user: from.value(
                "WS__MAX_CONNECTIONS_PER_USER",
                "Maximum number of open sockets of one user",
                "10000",
                number(1..=10_000_000),
            ),
            max_messages_per_second: from.value(
                "WS__MAX_MESSAGES_PER_SECOND",
                "Maximum number of frames per second that a client of `/ws` or `/graphql/ws` may send, with bursts of \
                 ten times this number; pings, pongs, fragments and empty frames are included. If a client exceeds \
                 the limit, its socket is closed with 4029",
                "100",
                not_zero(1_000_000),
            ),
            max_message_bytes: from.value(
                "WS__MAX_MESSAGE_BYTES",
                "Maximum size of a message from a client, in bytes",
                "65536",
                number(256..=16_777_216),
            ),
            ping_interval: from.value(
                "WS__PING_INTERVAL_MS",
                "Interval between pings to a client",
                "15000",
                millis(10..=DAY_MS),
            ),
            pong_timeout: from.value(
                "WS__PONG_TIMEOUT_MS",
                "Time within which a client must answer a ping",
                "30000",
                millis(10..=DAY_MS),
            ),
            send_timeout: from.value(
                "WS__SEND_TIMEOUT_MS",
                "Time after which the socket of a client that reads nothing is closed with 4008",
                "60000",
                millis(10..=DAY_MS),
            ),
        }
    }
}
