//! A few threads for work that must not get in the way of anything else.

use std::{
    io,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::{Builder, JoinHandle},
};

use parking_lot::Mutex;
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// How much less of a busy core these threads get than others (nice levels; 10 are about a tenth).
#[cfg(target_os = "linux")]
const NICER_BY: i32 = 10;

/// Threads that do one job at a time each, and a queue of limited length in front of them. They end with their owner.
pub(super) struct Workers {
    /// `None` once they are to end.
    queue: Option<SyncSender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

/// A job in the queue, or on a thread. When this is dropped before the job's turn has come, it is left out.
pub(super) struct Pending<T>(oneshot::Receiver<T>);

/// Too many jobs wait already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct QueueFull;

/// A job came to no end: it panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a job panicked")]
pub(super) struct Broken;

impl Workers {
    /// Starts them.
    pub(super) fn start(threads: NonZeroUsize, max_waiting: usize) -> io::Result<Self> {
        let (queue, jobs) = sync_channel(max_waiting);
        let jobs = Arc::new(Mutex::new(jobs));
        let start = |number| {
            let jobs = Arc::clone(&jobs);
            Builder::new()
                .name(format!("password-{number}"))
                .spawn(move || work(&jobs))
        };
        Ok(Self {
            queue: Some(queue),
            threads: (0..threads.get()).map(start).collect::<io::Result<_>>()?,
        })
    }

    /// Puts a job into the queue.
    pub(super) fn submit<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Pending<T>, QueueFull> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move || {
            if !answer.is_closed() {
                // Nobody may wait any more by now, which is all the same.
                let _ = answer.send(job());
            }
        });
        let queue = self
            .queue
            .as_ref()
            .expect("the queue is there until it is dropped");
        match queue.try_send(job) {
            Ok(()) => Ok(Pending(answered)),
            Err(TrySendError::Full(_)) => Err(QueueFull),
            Err(TrySendError::Disconnected(_)) => unreachable!("threads outlive panics of their jobs"),
        }
    }
}

impl<T> Pending<T> {
    /// Waits for what comes of the job.
    pub(super) async fn done(self) -> Result<T, Broken> {
        self.0.await.map_err(|_| Broken)
    }
}

impl Drop for Workers {
    /// Waits for the jobs that are being done; those that wait have lost their callers with their owner.
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn work(jobs: &Mutex<Receiver<Job>>) {
    lower_priority();
    loop {
        // One thread waits for a job, the others for its place.
        let next = jobs.lock().recv();
        let Ok(job) = next else { return };
        // What a job has touched goes with it; whoever waits for it hears that there is no answer.
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("the hashing of a password panicked");
        }
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
