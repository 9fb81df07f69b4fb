//! A few threads for work that must not get in the way of anything else.

use std::{
    collections::BTreeMap,
    io,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread::{Builder, JoinHandle},
};

use application::ports::Rank;
use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// How much less of a busy core these threads get than others (nice levels; 10 are about a tenth).
#[cfg(target_os = "linux")]
const NICER_BY: i32 = 10;

/// Threads that do one job at a time each, and a queue of limited length in front of them. They end with their owner.
pub(super) struct Workers {
    queue: Arc<Queue>,
    threads: Vec<JoinHandle<()>>,
}

/// Jobs that wait, those of the lowest rank first.
struct Queue {
    waiting: Mutex<Waiting>,
    has_changed: Condvar,
    max_waiting: usize,
}

#[derive(Default)]
struct Waiting {
    /// By rank, then in the order in which they came.
    jobs: BTreeMap<(Rank, u64), Job>,
    came: u64,
    has_ended: bool,
}

/// A job in the queue, or on a thread. When this is dropped before the job's turn has come, it is left out.
pub(super) struct Pending<T>(oneshot::Receiver<Result<T, Broken>>);

/// Why a job was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Undone {
    /// Too many wait whose rank is not higher, or have come since.
    #[error("too many jobs wait")]
    QueueFull,
    /// It came to no end.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// A job panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a job panicked")]
pub(super) struct Broken;

impl Workers {
    /// Starts them.
    pub(super) fn start(threads: NonZeroUsize, max_waiting: usize) -> io::Result<Self> {
        let queue = Arc::new(Queue {
            waiting: Mutex::default(),
            has_changed: Condvar::new(),
            max_waiting,
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

    /// Puts a job into the queue. When it is full, the job of the highest rank is left out: this one or
    /// another.
    pub(super) fn submit<T: Send + 'static>(
        &self,
        rank: Rank,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Pending<T> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move || {
            if !answer.is_closed() {
                // What a job has touched goes with it.
                let done = catch_unwind(AssertUnwindSafe(job)).map_err(|_| Broken);
                // Nobody may wait any more by now, which is all the same.
                let _ = answer.send(done);
            }
        });
        self.queue.put(rank, job);
        Pending(answered)
    }
}

impl<T> Pending<T> {
    /// Waits for what comes of the job.
    pub(super) async fn done(self) -> Result<T, Undone> {
        match self.0.await {
            Ok(done) => Ok(done?),
            Err(_) => Err(Undone::QueueFull),
        }
    }
}

impl Drop for Workers {
    /// Waits for the jobs that are being done; those that wait have lost their callers with their owner.
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
        drop(waiting);
        self.has_changed.notify_one();
        // Its caller hears of it here.
        drop(too_many);
    }

    /// The next job, as soon as there is one; none when there is to be none any more.
    fn take(&self) -> Option<Job> {
        let mut waiting = self.waiting.lock();
        loop {
            if waiting.has_ended {
                return None;
            }
            if let Some((_, job)) = waiting.jobs.pop_first() {
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

/// Lets other threads go first. Where that is not allowed they compete as equals, which is no reason not to work.
fn lower_priority() {
    // Linux has a priority for each thread, and means the calling one when none is named.
    #[cfg(target_os = "linux")]
    if let Ok(usual) = rustix::process::getpriority_process(None) {
        let _ = rustix::process::setpriority_process(None, usual + NICER_BY);
    }
}

#[cfg(test)]
pub(super) mod tests;
