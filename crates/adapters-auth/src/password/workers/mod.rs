//! A queue of jobs, and a few threads of low priority that run them.

use std::{
    collections::BTreeMap,
    io,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread::{Builder, JoinHandle},
};

use application::ports::Rank;
use metrics::{Gauge, gauge};
use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// Increment of the threads' nice level: with 10, they get about a tenth of a busy core.
#[cfg(target_os = "linux")]
const NICER_BY: i32 = 10;

/// Threads that each run one job at a time, from a queue of limited length. They stop when this value is dropped.
pub(super) struct Workers {
    queue: Arc<Queue>,
    threads: Vec<JoinHandle<()>>,
}

/// Queue of waiting jobs, the lowest rank first.
struct Queue {
    waiting: Mutex<Waiting>,
    has_changed: Condvar,
    max_waiting: usize,
    /// Shows the number of waiting jobs. It is set under the lock of `waiting`, so that the last value set is current.
    length: Gauge,
}

#[derive(Default)]
struct Waiting {
    /// Keyed by rank, then by order of arrival.
    jobs: BTreeMap<(Rank, u64), Job>,
    came: u64,
    has_ended: bool,
}

/// Future result of a job. If it is dropped before the job starts, the job is skipped.
pub(super) struct Pending<T>(oneshot::Receiver<Result<T, Broken>>);

/// Error of a job that was not completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Undone {
    /// The queue was full of jobs of the same or lower ranks, or jobs of lower ranks displaced this one later.
    #[error("the job queue is full")]
    QueueFull,
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// Error of a job that panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a password-hashing job panicked")]
pub(super) struct Broken;

impl Workers {
    pub(super) fn start(threads: NonZeroUsize, max_waiting: usize) -> io::Result<Self> {
        gauge!("fleetwatch_queue_capacity", "queue" => "passwords").set(max_waiting as f64);
        let queue = Arc::new(Queue {
            waiting: Mutex::default(),
            has_changed: Condvar::new(),
            max_waiting,
            length: gauge!("fleetwatch_queue_length", "queue" => "passwords"),
        });
        let mut workers = Self {
            queue: Arc::clone(&queue),
            threads: Vec::with_capacity(threads.get()),
        };
        for number in 0..threads.get() {
            let queue = Arc::clone(&queue);
            let thread = Builder::new().name(format!("password-{number}"));
            workers.threads.push(thread.spawn(move || work(&queue))?);
        }
        Ok(workers)
    }

    /// Adds a job to the queue. If the queue is full, the newest job of the highest rank is dropped, which may be this
    /// one.
    pub(super) fn submit<T: Send + 'static>(
        &self,
        rank: Rank,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Pending<T> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move || {
            // The caller may have been cancelled while the job waited.
            if !answer.is_closed() {
                // This is unwind-safe: everything that the job owns is dropped by the panic.
                let done = catch_unwind(AssertUnwindSafe(job)).map_err(|_| Broken);
                // The caller may have been cancelled by now.
                let _ = answer.send(done);
            }
        });
        self.queue.put(rank, job);
        Pending(answered)
    }
}

impl<T> Pending<T> {
    /// Waits for the result of the job.
    pub(super) async fn done(self) -> Result<T, Undone> {
        match self.0.await {
            Ok(done) => Ok(done?),
            // Only a dropped job drops its sender without an answer.
            Err(_) => Err(Undone::QueueFull),
        }
    }
}

impl Drop for Workers {
    /// Waits for the jobs in progress, and drops the waiting ones. No caller awaits those any longer, because the
    /// callers' futures borrow the hasher, which owns this value.
    fn drop(&mut self) {
        self.queue.end();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Queue {
    fn put(&self, rank: Rank, job: Job) {
        let mut waiting = self.waiting.lock();
        let place = (rank, waiting.came);
        waiting.came += 1;
        waiting.jobs.insert(place, job);
        let too_many = (waiting.jobs.len() > self.max_waiting).then(|| waiting.jobs.pop_last());
        self.length.set(waiting.jobs.len() as f64);
        drop(waiting);
        self.has_changed.notify_one();
        // Drop the job after the lock is released, because dropping it wakes its caller.
        drop(too_many);
    }

    /// Waits for the next job; `None` when the threads must stop.
    fn take(&self) -> Option<Job> {
        let mut waiting = self.waiting.lock();
        loop {
            if waiting.has_ended {
                return None;
            }
            if let Some((_, job)) = waiting.jobs.pop_first() {
                self.length.set(waiting.jobs.len() as f64);
                return Some(job);
            }
            self.has_changed.wait(&mut waiting);
        }
    }

    fn end(&self) {
        let mut waiting = self.waiting.lock();
        waiting.has_ended = true;
        waiting.jobs.clear();
        drop(waiting);
        self.has_changed.notify_all();
    }
}

fn work(queue: &Queue) {
    lower_priority();
    while let Some(job) = queue.take() {
        job();
    }
}

/// Lowers the priority of the calling thread. If that fails, the thread keeps its priority.
fn lower_priority() {
    // On Linux, each thread has its own priority, and `None` means the calling thread.
    #[cfg(target_os = "linux")]
    if let Ok(usual) = rustix::process::getpriority_process(None) {
        let _ = rustix::process::setpriority_process(None, usual + NICER_BY);
    }
}

#[cfg(test)]
pub(super) mod tests;
