//! Clients that show the whole fleet, either over `/ws` or through GraphQL subscriptions. They reconnect whenever their
//! connection ends, and then start afresh, as the documentation says.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{
    access::Access,
    graphql_picture,
    history::{Picture, Seen, Sight},
    live_picture,
    recorder::Recorder,
};

/// Pause before a new connection.
const PAUSE: Duration = Duration::from_millis(200);

/// Protocol of a watcher.
#[derive(Debug, Clone, Copy)]
pub(super) enum Protocol {
    Live,
    Graphql,
}

/// A watcher with its connection.
pub(super) struct Watcher {
    number: usize,
    /// Number of the connection.
    session: usize,
    recorder: Recorder,
}

/// A part of an event to record: the vehicle and its position or version.
pub(super) type Noted = Option<(String, Seen)>;

impl Watcher {
    /// Watches until `end`.
    pub(super) async fn run(
        number: usize,
        protocol: Protocol,
        access: Access,
        recorder: Recorder,
        end: CancellationToken,
    ) {
        let mut watcher = Self {
            number,
            session: 0,
            recorder,
        };
        tokio::select! {
            () = watcher.watch(protocol, access) => {}
            () = end.cancelled() => {}
        }
    }

    /// Watches indefinitely, over one connection after another.
    async fn watch(&mut self, protocol: Protocol, access: Access) {
        loop {
            self.begin();
            let ended = match protocol {
                Protocol::Live => live_picture::follow(&access, self).await,
                Protocol::Graphql => graphql_picture::follow(&access, self).await,
            };
            if let Err(reason) = ended {
                self.trouble(&reason);
            }
            // The token may be the reason.
            access.discard_token();
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Begins a connection, with an empty picture.
    fn begin(&mut self) {
        self.session += 1;
        self.recorder
            .with(|history| history.pictures.insert(self.number, Picture::new()));
    }

    pub(super) fn trouble(&self, reason: &str) {
        self.recorder
            .trouble(format!("watcher {}: {reason}", self.number));
    }

    /// Applies an event to the picture, and records the position or the version that it shows.
    pub(super) fn apply(&self, event: impl FnOnce(&mut Picture) -> Noted) {
        let at = self.recorder.now();
        self.recorder.with(|history| {
            let picture = history.pictures.entry(self.number).or_default();
            if let Some((vehicle, seen)) = event(picture) {
                history.sights.push(Sight {
                    watcher: self.number,
                    session: self.session,
                    vehicle,
                    seen,
                    at,
                });
            }
        });
    }
}
