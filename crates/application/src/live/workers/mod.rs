//! The tasks that drive the live core, and those that store its results.
//!
//! Each task runs until it is stopped.

mod dead_letters;
mod feed;
mod gauges;
mod pacer;
mod rounds;
mod statuses;
mod ticker;
mod write_behind;

use std::{num::NonZero, sync::Arc, thread, time::Duration};

use parking_lot::Mutex;
use tokio::{
    runtime::{self, Handle, RuntimeFlavor},
    sync::{mpsc, oneshot},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use super::Live;
use crate::ports::{DeadLetters, LiveKeys, TelemetryBus, VehicleRepository};

use rounds::Rounds;
pub use ticker::Ticker;

/// Maximum number of dead letters that are waiting to be stored. Further ones are counted and dropped, because a flood
/// of faulty messages must not exhaust the memory of the server.
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

/// Runs the hot path, including the connections that it opens, on a thread of its own, until the returned future is
/// dropped.
///
/// On the threads of a multi-threaded runtime, each message would wake a thread for the connection, one for the feed,
/// and often another that looks for work in vain. These switches cost more than the message itself. A runtime with a
/// single thread does not have this problem. For the same reason, the thread works in [`Rounds`].
fn on_its_own_thread<F: Future<Output = ()>>(
    stop: CancellationToken,
    hot_path: impl FnOnce(CancellationToken) -> F + Send + 'static,
) -> impl Future<Output = ()> + Send {
    let guard = stop.clone().drop_guard();
    let (ended, end) = oneshot::channel();
    let rounds = Arc::new(Mutex::new(Rounds::default()));
    let next = Arc::clone(&rounds);
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .on_thread_park(move || next.lock().wait())
        .on_thread_unpark(move || rounds.lock().begin())
        .build()
        .expect("the operating system provides an event queue");
    thread::Builder::new()
        .name("live".to_owned())
        .spawn(move || {
            runtime.block_on(hot_path(stop));
            // Fails if the task that awaits the end was aborted.
            let _ = ended.send(());
        })
        .expect("the operating system provides a thread");
    async move {
        let _guard = guard;
        end.await.expect("the thread of the hot path does not panic");
    }
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
        workers.spawn(gauges::run(Arc::clone(&live), letters.clone(), stop.clone()));
        let hot_path = {
            let live = Arc::clone(&live);
            move |stop: CancellationToken| async move {
                let feed = feed::run(
                    Arc::clone(&live),
                    bus,
                    letters,
                    max_messages_per_vehicle,
                    stop.clone(),
                );
                tokio::join!(feed, Ticker::new(live).run(stop));
            }
        };
        if Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread {
            workers.spawn(on_its_own_thread(stop.child_token(), hot_path));
        } else {
            workers.spawn(hot_path(stop.clone()));
        }
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
