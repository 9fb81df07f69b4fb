//! Ports that are free.

use std::{net::TcpListener, ops::Range};

use rand::Rng as _;

/// A port that nobody has now. The range should be below that from which Linux takes the ports of outgoing connections
/// (32,768): nobody gets a stopped server's port by chance then.
#[must_use]
pub fn free_port(among: Range<u16>) -> u16 {
    let mut random = rand::rng();
    loop {
        let port = random.random_range(among.clone());
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
