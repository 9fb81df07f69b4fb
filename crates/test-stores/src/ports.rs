//! Allocation of free ports.

use std::{net::TcpListener, ops::Range};

use rand::Rng as _;

/// Returns a port that is currently free. The range should be below the one that Linux uses for outgoing connections
/// (from 32,768), so no connection gets the port of a stopped server.
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
