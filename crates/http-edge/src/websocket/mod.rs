//! The parts that both WebSocket endpoints share: admission, frames, and the rules for closing a connection.
//!
//! * `admission`: the checks of a handshake.
//! * `reader`: reading of a client's frames within limits.
//! * `close`: close codes and their reasons.
//! * `keep_alive`: pings, and the time limit for responses to them.
//! * `stall`: the time for which nothing could be written.
//! * `check_times`: detection of checks that come late, because the server did not run.
//! * `wake_relay`: a single wake-up of a worker thread for many sockets.

mod admission;
mod check_times;
mod close;
mod keep_alive;
mod reader;
mod stall;
mod wake_relay;

use std::{num::NonZeroU32, time::Duration};

pub use admission::SocketRefusal;
pub use close::Close;
pub use keep_alive::KeepAlive;
pub use reader::{FrameFault, FrameReader, Incoming};
pub use stall::Stall;
pub use wake_relay::RelayedWaker;

/// Limits and allowed origins of an endpoint's sockets.
#[derive(Debug, Clone)]
pub struct SocketRules {
    /// Number of messages per second that a client may send in the long run.
    pub messages_per_second: NonZeroU32,
    /// Maximum length of a client's message, in bytes.
    pub max_message_bytes: usize,
    pub ping_interval: Duration,
    pub pong_timeout: Duration,
    /// Time after which a socket is closed if pending frames cannot be written.
    pub send_timeout: Duration,
    /// Origins of pages that may open sockets besides the server's own, such as `https://screens.example`; `*` allows
    /// all.
    pub allowed_origins: Vec<String>,
}

impl Default for SocketRules {
    fn default() -> Self {
        Self {
            messages_per_second: const { NonZeroU32::new(100).expect("not zero") },
            max_message_bytes: 64 * 1024,
            ping_interval: Duration::from_secs(15),
            pong_timeout: Duration::from_secs(30),
            send_timeout: Duration::from_secs(60),
            allowed_origins: Vec::new(),
        }
    }
}

impl SocketRules {
    /// Returns the interval at which a connection is checked: a quarter of the shortest time limit, from 20 ms to 5 s.
    #[must_use]
    pub fn beat(&self) -> Duration {
        let shortest = self.ping_interval.min(self.pong_timeout).min(self.send_timeout);
        (shortest / 4).clamp(Duration::from_millis(20), Duration::from_secs(5))
    }
}
