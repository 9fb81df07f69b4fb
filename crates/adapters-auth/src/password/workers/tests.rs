use std::{
    cell::RefCell,
    sync::{
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc::{Sender, TryRecvError, channel},
    },
};

use application::ports::Rank;

use super::*;

const USUAL: Rank = Rank::new(1);

fn workers(threads: usize, max_waiting: usize) -> Workers {
    Workers::start(NonZeroUsize::new(threads).expect("some"), max_waiting).expect("threads")
}

/// A job that keeps a thread busy until it is released.
pub(crate) struct Busy {
    hold: Sender<()>,
    job: Pending<()>,
}

impl Busy {
    /// Returns once a thread is busy.
    pub(crate) fn keep(workers: &Workers) -> Self {
        let (hold, held) = channel();
        let (begun, has_begun) = channel();
        let job = workers.submit(USUAL, move || {
            begun.send(()).expect("the test waits for the start");
            let _ = held.recv();
        });
        has_begun.recv().expect("the job starts");
        Self { hold, job }
    }

    pub(crate) async fn go_on(self) {
        drop(self.hold);
        self.job.done().await.expect("the job is done");
    }
}

#[tokio::test]
async fn a_full_queue_refuses_and_recovers() {
    let workers = workers(1, 2);
    let busy = Busy::keep(&workers);
    let waiting: Vec<_> = (0..2)
        .map(|number| workers.submit(USUAL, move || number))
        .collect();
    let refused = workers.submit(USUAL, || ()).done().await;
    assert_eq!(refused, Err(Undone::QueueFull));

    busy.go_on().await;
    for (number, waiting) in waiting.into_iter().enumerate() {
        assert_eq!(waiting.done().await, Ok(number));
    }
    let later = workers.submit(USUAL, || "later");
    assert_eq!(later.done().await, Ok("later"));
}

#[tokio::test]
async fn the_lowest_rank_is_served_first_and_the_highest_is_dropped() {
    let workers = workers(1, 8);
    let busy = Busy::keep(&workers);
    let done = Arc::new(Mutex::new(Vec::new()));
    let coming = [32, 12, 31, 0, 39, 32, 12, 0, 11, 20];
    let waiting: Vec<_> = (0..)
        .zip(coming)
        .map(|(number, rank)| {
            let done = Arc::clone(&done);
            workers.submit(Rank::new(rank), move || done.lock().push(number))
        })
        .collect();
    busy.go_on().await;
    let mut pushed_out = Vec::new();
    for (number, waiting) in waiting.into_iter().enumerate() {
        match waiting.done().await {
            Ok(()) => {}
            Err(Undone::QueueFull) => pushed_out.push(number),
            Err(Undone::Broken(broken)) => panic!("{broken}"),
        }
    }
    assert_eq!(*done.lock(), [3, 7, 8, 1, 6, 9, 2, 0]);
    assert_eq!(pushed_out, [4, 5]);
}

#[tokio::test]
async fn a_job_whose_caller_was_dropped_is_skipped() {
    let workers = workers(1, 2);
    let busy = Busy::keep(&workers);
    let done = Arc::new(AtomicUsize::new(0));
    let count = || {
        let done = Arc::clone(&done);
        workers.submit(USUAL, move || done.fetch_add(1, SeqCst))
    };
    drop(count());
    let awaited = count();
    busy.go_on().await;
    assert_eq!(awaited.done().await, Ok(0), "the first job should be skipped");
}

#[tokio::test]
async fn a_panicking_job_does_not_end_its_thread() {
    let workers = workers(1, 1);
    for _ in 0..3 {
        let broken = workers.submit(USUAL, || -> () { panic!("on purpose") });
        assert_eq!(broken.done().await, Err(Undone::Broken(Broken)));
    }
    let next = workers.submit(USUAL, || 7);
    assert_eq!(next.done().await, Ok(7));
}

#[tokio::test]
async fn several_threads_work_at_the_same_time() {
    let workers = workers(2, 2);
    let (one, other) = (Busy::keep(&workers), Busy::keep(&workers));
    one.go_on().await;
    other.go_on().await;
}

thread_local! {
    /// Dropped when its thread exits.
    static SENDER_OF_THE_THREAD: RefCell<Option<Sender<()>>> = const { RefCell::new(None) };
}

#[tokio::test]
async fn threads_end_with_their_owner() {
    let (sender, receiver) = channel();
    let workers = workers(1, 1);
    let stored = workers.submit(USUAL, move || SENDER_OF_THE_THREAD.set(Some(sender)));
    stored.done().await.expect("the job is done");
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    drop(workers);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_threads_have_a_lower_priority_than_others() {
    let priority = || rustix::process::getpriority_process(None).expect("a priority");
    let before = priority();
    let workers = workers(1, 1);
    let theirs = workers.submit(USUAL, priority);
    assert_eq!(theirs.done().await, Ok((before + NICER_BY).min(19)));
    assert_eq!(
        priority(),
        before,
        "the priority of other threads should not change"
    );
}
