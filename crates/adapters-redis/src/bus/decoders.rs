//! Threads that decode messages.

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Wake, Waker},
    thread::{self, JoinHandle, Thread},
};

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot::{self, error::TryRecvError};

/// Threads that execute jobs. The results are returned in the order in which the jobs were started.
///
/// Jobs do not panic. If one does nevertheless, so does the method that would return its result. When this value is
/// dropped, it waits for the jobs that are being executed, and drops the others.
pub(super) struct Decoders<T> {
    queue: Arc<Queue<T>>,
    threads: Vec<JoinHandle<()>>,
    /// Results of the started jobs, in the order of their start.
    results: VecDeque<oneshot::Receiver<T>>,
    /// Result of the oldest job, if [`Decoders::wait`] has received it.
    next: Option<T>,
}

/// Jobs that no thread has begun.
struct Queue<T> {
    state: Mutex<QueueState<T>>,
    changed: Condvar,
}

struct QueueState<T> {
    jobs: VecDeque<StartedJob<T>>,
    is_closed: bool,
}

struct StartedJob<T> {
    work: Box<dyn FnOnce() -> T + Send>,
    result: oneshot::Sender<T>,
}

/// Number of started jobs per thread: one that is being executed, and one that is begun when the first is done.
const JOBS_PER_THREAD: usize = 2;

const PANICKED: &str = "a decoder thread panicked";

impl<T: Send + 'static> Decoders<T> {
    /// Starts the threads.
    ///
    /// # Panics
    /// Panics if the operating system cannot provide a thread.
    pub(super) fn new(threads: usize) -> Self {
        let queue = Arc::new(Queue {
            state: Mutex::new(QueueState {
                jobs: VecDeque::new(),
                is_closed: false,
            }),
            changed: Condvar::new(),
        });
        let start = |_| {
            let queue = Arc::clone(&queue);
            thread::Builder::new()
                .name("decoder".to_owned())
                .spawn(move || queue.work())
                .expect("the operating system provides a thread")
        };
        let threads = (0..threads).map(start).collect();
        Self {
            queue,
            threads,
            results: VecDeque::new(),
            next: None,
        }
    }

    /// Returns `true` if another job may be started. Always `false` without threads.
    pub(super) fn has_room(&self) -> bool {
        self.results.len() < JOBS_PER_THREAD * self.threads.len()
    }

    /// Returns `true` if all results have been returned.
    pub(super) fn is_idle(&self) -> bool {
        self.results.is_empty() && self.next.is_none()
    }

    /// Starts a job, for which there must be room.
    pub(super) fn start(&mut self, work: impl FnOnce() -> T + Send + 'static) {
        debug_assert!(self.has_room(), "there is room");
        let (result, receiver) = oneshot::channel();
        self.results.push_back(receiver);
        let work = Box::new(work);
        let job = StartedJob { work, result };
        self.queue.state.lock().jobs.push_back(job);
        self.queue.changed.notify_one();
    }

    /// Returns the result of the oldest job; `None` if it is not done, or if there is no job.
    pub(super) fn try_next(&mut self) -> Option<T> {
        if let Some(next) = self.next.take() {
            return Some(next);
        }
        match self.results.front_mut()?.try_recv() {
            Ok(result) => {
                self.results.pop_front();
                Some(result)
            }
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Closed) => panic!("{PANICKED}"),
        }
    }

    /// Waits until [`Decoders::try_next`] returns the result of the oldest job, if there is one. Cancel-safe: a result
    /// that was received is kept.
    ///
    /// The waiting thread may sleep although its task has been woken: the thread of the hot path spaces its rounds in
    /// this way. The thread is therefore unparked as well.
    pub(super) async fn wait(&mut self) {
        if self.next.is_some() {
            return;
        }
        let Some(result) = self.results.front_mut() else {
            return;
        };
        let result = poll_fn(|context| {
            let alarm = Arc::new(Alarm {
                task: context.waker().clone(),
                thread: thread::current(),
            });
            Pin::new(&mut *result).poll(&mut Context::from_waker(&Waker::from(alarm)))
        })
        .await;
        self.results.pop_front();
        self.next = Some(result.expect(PANICKED));
    }
}

impl<T> Drop for Decoders<T> {
    fn drop(&mut self) {
        let unbegun = {
            let mut state = self.queue.state.lock();
            state.is_closed = true;
            std::mem::take(&mut state.jobs)
        };
        self.queue.changed.notify_all();
        drop(unbegun);
        for thread in self.threads.drain(..) {
            // A panic is reported where the result of its job is expected.
            let _ = thread.join();
        }
    }
}

impl<T> Queue<T> {
    /// Executes jobs until the queue is closed.
    fn work(&self) {
        while let Some(StartedJob { work, result }) = self.next() {
            // Fails if the result is no longer needed.
            let _ = result.send(work());
        }
    }

    /// Waits for the next job. Returns `None` if the queue is closed.
    fn next(&self) -> Option<StartedJob<T>> {
        let mut state = self.state.lock();
        while !state.is_closed {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            self.changed.wait(&mut state);
        }
        None
    }
}

/// Wakes a task, and its thread if that is parked.
struct Alarm {
    task: Waker,
    thread: Thread,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.task.wake_by_ref();
        self.thread.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::mpsc,
        time::{Duration, Instant},
    };

    use futures::FutureExt as _;

    use super::*;

    /// Timeout of any wait.
    const DEADLINE: Duration = Duration::from_secs(20);

    /// Returns a job that is done as soon as the returned sender is dropped, or sends.
    fn held<T: Send + 'static>(result: T) -> (mpsc::Sender<()>, impl FnOnce() -> T + Send + 'static) {
        let (release, released) = mpsc::channel();
        let job = move || {
            let _ = released.recv_timeout(DEADLINE);
            result
        };
        (release, job)
    }

    async fn next<T: Send + 'static>(decoders: &mut Decoders<T>) -> T {
        decoders.wait().await;
        decoders.try_next().expect("a result")
    }

    #[tokio::test]
    async fn results_are_returned_in_the_order_of_the_jobs() {
        let mut decoders = Decoders::new(2);
        let (release, first) = held(1);
        decoders.start(first);
        decoders.start(move || {
            drop(release);
            2
        });
        decoders.start(|| 3);
        assert_eq!(next(&mut decoders).await, 1);
        assert_eq!(next(&mut decoders).await, 2);
        assert!(!decoders.is_idle());
        assert_eq!(next(&mut decoders).await, 3);
        assert!(decoders.is_idle());
        assert_eq!(decoders.try_next(), None);
    }

    #[tokio::test]
    async fn the_number_of_started_jobs_is_limited() {
        let mut decoders = Decoders::new(1);
        let (release, first) = held(());
        decoders.start(first);
        assert!(decoders.has_room());
        decoders.start(|| ());
        assert!(!decoders.has_room());
        assert_eq!(decoders.try_next(), None);
        drop(release);
        next(&mut decoders).await;
        assert!(decoders.has_room());
        assert!(!Decoders::<()>::new(0).has_room());
    }

    #[tokio::test]
    async fn a_result_is_kept_if_the_wait_for_it_is_dropped() {
        let mut decoders = Decoders::new(1);
        let (release, job) = held("a result");
        decoders.start(job);
        assert!(decoders.wait().now_or_never().is_none());
        drop(release);
        decoders.wait().await;
        decoders.wait().await;
        assert_eq!(decoders.try_next(), Some("a result"));
    }

    #[test]
    fn a_result_unparks_the_thread_that_waits_for_it() {
        let mut decoders = Decoders::new(1);
        let (release, job) = held(7);
        decoders.start(job);
        assert!(decoders.wait().now_or_never().is_none());
        drop(release);
        let began = Instant::now();
        let mut result = None;
        while result.is_none() && began.elapsed() < DEADLINE {
            thread::park_timeout(DEADLINE);
            result = decoders.try_next();
        }
        assert_eq!(result, Some(7));
        assert!(began.elapsed() < DEADLINE);
    }

    #[tokio::test]
    #[should_panic(expected = "a decoder thread panicked")]
    async fn a_panic_ends_the_wait_for_its_result() {
        let mut decoders = Decoders::new(2);
        decoders.start(|| panic!("the tested panic"));
        decoders.start(|| ());
        decoders.wait().await;
    }

    #[test]
    fn dropped_decoders_leave_no_job_behind() {
        let alive = Arc::new(());
        let mut decoders = Decoders::new(1);
        for _ in 0..2 {
            let alive = Arc::clone(&alive);
            decoders.start(move || drop(alive));
        }
        drop(decoders);
        assert_eq!(Arc::strong_count(&alive), 1);
    }
}
