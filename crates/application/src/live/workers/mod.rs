//! The tasks that drive the live core, and those that carry what it has learnt to where it is kept.
//!
//! Each is a function that runs until it is told to stop, and can be run alone in a test.

mod dead_letters;
mod feed;
mod key_check;
mod key_sync;
mod pacer;
mod statuses;
mod ticker;
mod write_behind;

use std::{num::NonZero, sync::Arc, time::Duration};

use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::Live;
use crate::ports::{DeadLetters, LiveKeys, TelemetryBus, VehicleRepository};

use key_sync::KeySync;
pub use ticker::Ticker;

/// How many dead letters wait to be buried; more are counted and given up, because a flood of bad messages
/// must not cost the memory of the server.
const DEAD_LETTERS_WAITING: usize = 10_000;

/// What the workers need.
#[derive(Clone)]
pub struct Workers {
    /// The live core.
    pub live: Arc<Live>,
    /// The bus that robots write to.
    pub bus: Arc<dyn TelemetryBus>,
    /// The live keys.
    pub keys: Arc<dyn LiveKeys>,
    /// Where rejected messages are kept.
    pub dead_letters: Arc<dyn DeadLetters>,
    /// The registry of vehicles.
    pub repository: Arc<dyn VehicleRepository>,
    /// A vehicle's keys are written at most once per this interval.
    pub sync_interval: Duration,
    /// How many messages of one vehicle are taken in a second.
    pub max_messages_per_vehicle: NonZero<u32>,
}

impl Workers {
    /// Runs all workers until `stop`. What is not yet in the live keys then is written before they end.
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
        workers.spawn(feed::run(
            Arc::clone(&live),
            bus,
            letters,
            max_messages_per_vehicle,
            stop.clone(),
        ));
        workers.spawn(Ticker::new(Arc::clone(&live)).run(stop.clone()));
        workers.spawn(dead_letters::run(dead_letters, waiting_letters, stop.clone()));
        workers.spawn(write_behind::run(
            Arc::clone(&live),
            Arc::clone(&keys),
            sync_interval,
            stop.clone(),
        ));
        let key_sync = KeySync::new(Arc::clone(&live), keys);
        workers.spawn(key_sync.run(stop.clone()));
        workers.spawn(statuses::run(live, repository, stop.clone()));
        workers
    }
}
