//! What the two WebSocket endpoints share: their admission, the frames they read, and the rules by which a connection
//! ends.
//!
//! * `admission`: the checks of a handshake before there is a socket.
//! * `reader`: a client's frames, read within limits.
//! * `close`: close codes and their reasons.
//! * `keep_alive`: the pings of a connection, and how long they may stay unanswered.
//! * `stall`: how long nothing could be written.

mod admission;
mod close;
mod keep_alive;
mod reader;
mod stall;

use std::{num::NonZeroU32, time::Duration};

pub use admission::SocketRefusal;
pub use close::Close;
pub use keep_alive::KeepAlive;
pub use reader::{FrameFault, FrameReader, Incoming};
pub use stall::Stall;

/// Limits of every socket of an endpoint.
#[derive(Debug, Clone)]
pub struct SocketRules {
    /// How many messages a client may send in a second, in the long run.
    pub messages_per_second: NonZeroU32,
    /// The longest message of a client, in bytes.
    pub max_message_bytes: usize,
    /// How often a client is pinged.
    pub ping_interval: Duration,
    /// How long a ping may stay unanswered.
    pub pong_timeout: Duration,
    /// How long nothing may be written to a client that has something to read.
    pub send_timeout: Duration,
    /// The origins whose pages may open sockets, beside the server's own, such as `https://screens.example`; `*` for all.
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
    /// Returns how often a connection is to be checked, so that no limit is overrun by more than a quarter.
    #[must_use]
    pub fn beat(&self) -> Duration {
        let shortest = self.ping_interval.min(self.pong_timeout).min(self.send_timeout);
        (shortest / 4).clamp(Duration::from_millis(20), Duration::from_secs(5))
    }
}
