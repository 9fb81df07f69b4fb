//! Free ports.

use std::{net::TcpListener, ops::Range};

use rand::Rng as _;

/// Finds a port that is free now. The range should be below that from which Linux takes the ports of outgoing connections
/// (32,768), so that no client gets a stopped server's port by chance.
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
