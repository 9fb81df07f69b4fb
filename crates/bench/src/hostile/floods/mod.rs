//! Attacks by volume: many connections, many bytes, many requests, each bounded by the time of a measurement.
//!
//! * `http`: requests and connections.
//! * `messages`: messages published to Redis.
//! * `sockets`: frames of WebSocket clients.

mod answers;
mod http;
mod messages;
mod sockets;

use std::sync::Arc;

pub(super) use answers::Answers;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::scene::Scene;

/// Floods, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flood {
    SilentBodies,
    ChunkedBodies,
    ViewerImports,
    IdleConnections,
    BigMessages,
    Counts,
    Rehearsals,
    Guesses,
    Strangers,
    Bombs,
    Frames,
    ChangeSignals,
}

impl Flood {
    pub(super) const ALL: [Self; 12] = [
        Self::SilentBodies,
        Self::ChunkedBodies,
        Self::ViewerImports,
        Self::IdleConnections,
        Self::BigMessages,
        Self::Counts,
        Self::Rehearsals,
        Self::Guesses,
        Self::Strangers,
        Self::Bombs,
        Self::Frames,
        Self::ChangeSignals,
    ];

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::SilentBodies => "1,500 log-ins that announce 1 MB, and send all of it except the last byte",
            Self::ChunkedBodies => {
                "300 GraphQL requests that send 1 MB in chunks, and never complete the body"
            }
            Self::ViewerImports => "150 clients that repeat an import of 16 MB as a VIEWER",
            Self::IdleConnections => {
                "1,100 idle connections without a token, half of them with an incomplete head"
            }
            Self::BigMessages => "300 messages of 1 MB per second from one publisher",
            Self::Counts => "12 clients that request 99 counts at a time",
            Self::Rehearsals => "12 clients that repeat a dry run of an import of 100,000 rows",
            Self::Guesses => {
                "password guesses, each from a different address, as fast as 16 clients can send them"
            }
            Self::Strangers => "requests without a token, as fast as 8 clients can send them",
            Self::Bombs => "the single requests above, repeated by 4 clients",
            Self::Frames => "20 sockets that send empty continuation frames as fast as they can",
            Self::ChangeSignals => "40,000 messages on fleetwatch:events",
        }
    }

    /// Runs the attack until `is_over` is cancelled, and returns the responses to it.
    ///
    /// # Errors
    /// Fails if the attack can't be made. Responses from the server are not errors.
    pub(super) async fn run(self, scene: &Scene, is_over: &CancellationToken) -> anyhow::Result<Answers> {
        let answers = Arc::new(Mutex::new(Answers::default()));
        let attack = async {
            match self {
                Self::SilentBodies => http::silent_bodies(scene, &answers).await,
                Self::ChunkedBodies => http::chunked_bodies(scene, &answers).await,
                Self::ViewerImports => http::viewer_imports(scene, &answers).await,
                Self::IdleConnections => http::idle_connections(scene, &answers).await,
                Self::BigMessages => messages::big_messages(scene).await,
                Self::Counts => http::counts(scene, &answers).await,
                Self::Rehearsals => http::rehearsals(scene, &answers).await,
                Self::Guesses => http::guesses(scene, &answers).await,
                Self::Strangers => http::strangers(scene, &answers).await,
                Self::Bombs => http::bombs(scene, &answers).await,
                Self::Frames => sockets::frames(scene, &answers).await,
                Self::ChangeSignals => messages::change_signals(scene).await,
            }
        };
        // Dropping the attack ends all of its connections and tasks. The responses so far are counted.
        is_over.run_until_cancelled(attack).await.transpose()?;
        let counted = answers.lock().await.clone();
        Ok(counted)
    }
}
