//! Allocation of free ports.

use std::{net::TcpListener, ops::Range};

use rand::Rng as _;

/// Returns a port that is currently free. The range should be below the one that Linux uses for outgoing connections
/// (from 32,768), so that no connection gets the port of a stopped server.
#[must_use]
pub fn free_port(among: Range<u16>) -> u16 {
    let [port] = free_ports(among);
    port
}

/// Returns different ports that are currently free, from a range as in [`free_port`].
#[must_use]
pub fn free_ports<const COUNT: usize>(among: Range<u16>) -> [u16; COUNT] {
    // All listeners are open at the same time, so no two of them have the same port.
    let listeners: [(u16, TcpListener); COUNT] = std::array::from_fn(|_| listener(among.clone()));
    listeners.map(|(port, _)| port)
}

fn listener(among: Range<u16>) -> (u16, TcpListener) {
    let mut random = rand::rng();
    loop {
        let port = random.random_range(among.clone());
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return (port, listener);
        }
    }
}

#[test]
fn free_ports_differ() {
    let ports: [u16; 30] = free_ports(31_900..32_000);
    let different: std::collections::BTreeSet<_> = ports.into();
    assert_eq!(different.len(), ports.len());
}
