//! The clients of a round.

use std::time::Duration;

use tokio::{task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{
    observer,
    recorder::Recorder,
    recovery::Clients,
    robots::Robots,
    stage::Stage,
    watcher::{Protocol, Watcher},
    writer::{Vehicles, Writer},
};

const WRITERS: usize = 3;
const LIVE_WATCHERS: usize = 3;
const GRAPHQL_WATCHERS: usize = 2;

pub(super) const CLIENTS: Clients = Clients {
    writers: WRITERS,
    watchers: LIVE_WATCHERS + GRAPHQL_WATCHERS,
};

/// Time limit for the last requests of writers and robots.
const LAST_REQUESTS: Duration = Duration::from_secs(30);

/// Running clients. Dropping this value stops them.
pub(super) struct Load {
    /// Writers and robots.
    changing: Vec<JoinHandle<()>>,
    changes_end: CancellationToken,
    watching_ends: CancellationToken,
    observer: JoinHandle<()>,
}

impl Drop for Load {
    fn drop(&mut self) {
        self.changes_end.cancel();
        self.watching_ends.cancel();
        self.observer.abort();
    }
}

impl Load {
    /// Starts all clients.
    pub(super) fn start(stage: &Stage, robots: Vec<String>, recorder: &Recorder) -> Self {
        let (changes_end, watching_ends) = (CancellationToken::new(), CancellationToken::new());
        let vehicles = Vehicles::default();
        let mut changing = Vec::new();
        for number in 0..WRITERS {
            let writer = Writer::new(number, stage.access(), recorder.clone(), vehicles.clone());
            changing.push(tokio::spawn(writer.run(changes_end.clone())));
        }
        // Not through the proxy: the robots use a separate network.
        let robots = Robots::new(stage.redis.url(), robots, recorder.clone());
        changing.push(tokio::spawn(robots.run(changes_end.clone())));
        for number in 0..CLIENTS.watchers {
            let protocol = match number < LIVE_WATCHERS {
                true => Protocol::Live,
                false => Protocol::Graphql,
            };
            let (access, recorder) = (stage.access(), recorder.clone());
            tokio::spawn(Watcher::run(
                number,
                protocol,
                access,
                recorder,
                watching_ends.clone(),
            ));
        }
        Self {
            changing,
            changes_end,
            watching_ends,
            observer: tokio::spawn(observer::observe(stage.access(), recorder.clone())),
        }
    }

    /// Waits until the writers have completed their requests, and the robots have published their last positions.
    /// Watchers continue.
    ///
    /// # Errors
    /// Fails if a client does not stop in time.
    pub(super) async fn end_changes(&mut self) -> Result<(), String> {
        self.changes_end.cancel();
        for client in self.changing.drain(..) {
            match timeout(LAST_REQUESTS, client).await {
                Ok(ended) => ended.expect("the client does not panic"),
                Err(_) => return Err("a writer or the robots did not stop".to_owned()),
            }
        }
        Ok(())
    }
}
