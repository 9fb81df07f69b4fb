//! The systems that can be measured.

use super::{Running, ServerOptions, Target, forwarder, server};

/// What can be measured.
#[derive(Debug, Clone)]
pub enum System {
    /// A server of its own, with a Redis and a database of its own.
    Server(ServerOptions),
    /// The yardstick, with a Redis of its own.
    Forwarder,
    /// A server that runs already.
    Running(Running),
}

impl System {
    /// What it is called in reports.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Server(_) | Self::Running(_) => "fleetwatch",
            Self::Forwarder => "forwarder",
        }
    }

    /// Starts what is not there yet, and waits until it is ready.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn launch(&self) -> anyhow::Result<Target> {
        match self {
            Self::Server(options) => server::launch(options).await,
            Self::Forwarder => forwarder::launch().await,
            Self::Running(running) => running.target().await,
        }
    }
}
