//! The tasks that drive the live core, and those that store its results.
//!
//! Each runs until it is stopped.

mod dead_letters;
mod feed;
mod pacer;
mod statuses;
mod ticker;
mod write_behind;

use std::{num::NonZero, sync::Arc, time::Duration};

use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::Live;
use crate::ports::{DeadLetters, LiveKeys, TelemetryBus, VehicleRepository};

pub use ticker::Ticker;

/// Maximum number of dead letters that wait to be stored. Further ones are counted and dropped, because a flood of
/// faulty messages must not exhaust the memory of the server.
const DEAD_LETTERS_WAITING: usize = 10_000;

#[derive(Clone)]
pub struct Workers {
    pub live: Arc<Live>,
    pub bus: Arc<dyn TelemetryBus>,
    pub keys: Arc<dyn LiveKeys>,
    pub dead_letters: Arc<dyn DeadLetters>,
    pub repository: Arc<dyn VehicleRepository>,
    /// Minimum interval between two writes of the same vehicle's keys.
    pub sync_interval: Duration,
    /// Maximum number of messages per vehicle and second.
    pub max_messages_per_vehicle: NonZero<u32>,
}

/// Runs the hot path, including the connections that it opens, on the current thread.
///
/// On the threads of the multi-threaded runtime, each message would wake a thread for the connection, one for the feed,
/// and often another that looks for work in vain. These switches cost more than the message itself.
fn on_one_thread(hot_path: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("the operating system provides an event queue")
        .block_on(hot_path);
}

impl Workers {
    /// Starts all workers. They run until `stop` is cancelled, and then write data that is not in the live keys yet,
    /// for up to two seconds.
    pub fn spawn(self, stop: &CancellationToken) -> JoinSet<()> {
        let Self {
            live,
            bus,
            keys,
            dead_letters,
            repository,
            sync_interval,
            max_messages_per_vehicle,
        } = self;
        let mut workers = JoinSet::new();
        let (letters, waiting_letters) = mpsc::channel(DEAD_LETTERS_WAITING);
        let feed = feed::run(
            Arc::clone(&live),
            bus,
            letters,
            max_messages_per_vehicle,
            stop.clone(),
        );
        let ticker = Ticker::new(Arc::clone(&live)).run(stop.clone());
        workers.spawn_blocking(move || {
            on_one_thread(async {
                tokio::join!(feed, ticker);
            });
        });
        workers.spawn(dead_letters::run(dead_letters, waiting_letters, stop.clone()));
        workers.spawn(write_behind::run(
            Arc::clone(&live),
            keys,
            sync_interval,
            stop.clone(),
        ));
        workers.spawn(statuses::run(live, repository, stop.clone()));
        workers
    }
}
