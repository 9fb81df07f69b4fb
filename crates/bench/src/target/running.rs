//! A server that is already running.

use std::net::SocketAddr;

use super::{Endpoint, Target};
use crate::{process::ProcessId, protocols::Feed};

/// Addresses and credentials of a running server.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    /// Address of its HTTP endpoint.
    pub address: SocketAddr,
    /// Address of the Redis that it subscribes to.
    pub redis: SocketAddr,
    /// Process id, if the system is running on this machine.
    pub process: Option<u32>,
    /// Name of a user with the role ADMIN.
    pub username: String,
    /// Password of that user.
    pub password: String,
}

impl Running {
    pub(super) async fn target(&self) -> anyhow::Result<Target> {
        Ok(Target {
            endpoint: Endpoint::log_in(self.address, &self.username, &self.password).await?,
            feed: Feed::redis(self.redis),
            process: self.process.map(ProcessId::of),
            has_registry: true,
            launched: None,
        })
    }
}
