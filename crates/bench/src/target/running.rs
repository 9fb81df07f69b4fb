//! A server that runs already.

use std::net::SocketAddr;

use super::Target;
use crate::process::ProcessId;

/// Where it is.
#[derive(Debug, Clone, Copy)]
pub struct Running {
    /// Its HTTP side.
    pub address: SocketAddr,
    /// The Redis that it listens to.
    pub redis: SocketAddr,
    /// Its process on this machine, if it is here.
    pub process: Option<u32>,
}

impl Running {
    pub(super) fn target(self) -> Target {
        Target {
            address: self.address,
            redis: self.redis,
            process: self.process.map(ProcessId::of),
            has_registry: true,
            launched: None,
        }
    }
}
