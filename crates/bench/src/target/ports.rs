use std::{array, net::TcpListener};

use anyhow::Context as _;

/// Returns different ports that are currently free. Another process is unlikely to take one before it is used.
pub(super) fn free_ports<const COUNT: usize>() -> anyhow::Result<[u16; COUNT]> {
    // All are bound before the first is released, so none is found twice.
    let listeners: [_; COUNT] = array::from_fn(|_| TcpListener::bind(("127.0.0.1", 0)));
    let mut ports = [0; COUNT];
    for (port, listener) in ports.iter_mut().zip(listeners) {
        *port = listener.context("no free port")?.local_addr()?.port();
    }
    Ok(ports)
}
