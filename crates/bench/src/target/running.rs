//! A server that runs already.

use std::net::SocketAddr;

use super::{Endpoint, Target};
use crate::process::ProcessId;

/// Where it is.
#[derive(Debug, Clone)]
pub struct Running {
    /// Its HTTP side.
    pub address: SocketAddr,
    /// The Redis that it listens to.
    pub redis: SocketAddr,
    /// Its process on this machine, if it is here.
    pub process: Option<u32>,
    /// Who logs in there, as an administrator.
    pub username: String,
    /// With which password.
    pub password: String,
}

impl Running {
    pub(super) async fn target(&self) -> anyhow::Result<Target> {
        Ok(Target {
            endpoint: Endpoint::log_in(self.address, &self.username, &self.password).await?,
            redis: self.redis,
            process: self.process.map(ProcessId::of),
            has_registry: true,
            launched: None,
        })
    }
}
