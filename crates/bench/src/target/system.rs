//! The systems that can be measured.

use super::{Installation, Peer, Running, ServerOptions, Target, forwarder, peer, server};

/// A system that can be measured.
#[derive(Debug, Clone)]
pub(crate) enum System {
    /// A server started for the measurement, with its own Redis and database.
    Server(ServerOptions),
    /// The forwarder, with its own Redis.
    Forwarder,
    /// A server that is already running.
    Running(Running),
    /// Another live server, with its own Redis if it needs one.
    Peer(Peer, Installation),
}

impl System {
    /// Returns the name of the system in reports.
    #[must_use]
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Server(_) | Self::Running(_) => "fleetwatch",
            Self::Forwarder => "forwarder",
            Self::Peer(peer, _) => peer.title(),
        }
    }

    /// Starts the system unless it is running, and waits until it is ready.
    ///
    /// # Errors
    /// Fails if the system does not become ready.
    pub(crate) async fn launch(&self) -> anyhow::Result<Target> {
        match self {
            Self::Server(options) => server::launch(options).await,
            Self::Forwarder => forwarder::launch().await,
            Self::Running(running) => running.target().await,
            Self::Peer(peer, installation) => peer::launch(*peer, installation).await,
        }
    }
}
