//! A single wake-up of a worker thread for all of its sockets that have something to write.

use std::{
    cell::RefCell,
    future::poll_fn,
    mem,
    sync::{Arc, Weak},
    task::{Context, Poll, Wake, Waker},
};

use futures::task::AtomicWaker;
use parking_lot::Mutex;

thread_local! {
    static OF_THIS_THREAD: RefCell<Weak<Relay>> = const { RefCell::new(Weak::new()) };
}

/// The tasks of one worker thread that are to be woken, and the task that wakes them.
///
/// To wake a task of another thread, the runtime writes to the event file descriptor (eventfd) of that thread: a system
/// call per task, made by the thread that delivers. The relay collects the wakers and wakes a single task of the
/// thread, which wakes the others without system calls. A frame to 1,000 sockets then takes one call per thread, or a
/// few if a thread empties the list in the meantime, instead of 1,000.
#[derive(Debug, Default)]
struct Relay {
    woken: Mutex<Vec<Waker>>,
    task: AtomicWaker,
}

impl Relay {
    /// Returns the relay of the current thread. Starts its task if the task is not running.
    fn of_this_thread() -> Arc<Self> {
        OF_THIS_THREAD.with_borrow_mut(|known| {
            // Only the task owns the relay, so the reference is dangling if the runtime of the task has shut down.
            known.upgrade().unwrap_or_else(|| {
                let relay = Arc::new(Self::default());
                *known = Arc::downgrade(&relay);
                let running = Arc::clone(&relay);
                actix_web::rt::spawn(poll_fn(move |cx| running.poll(cx)));
                relay
            })
        })
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        // Registered before the list is taken: otherwise, a waker that is added between the two steps would be missed.
        self.task.register(cx.waker());
        let woken = mem::take(&mut *self.woken.lock());
        woken.into_iter().for_each(Waker::wake);
        Poll::Pending
    }
}

/// Wakes a task through the relay of its thread.
#[derive(Debug)]
struct Relayed {
    /// Dangling once the runtime of the thread, and the task with it, has shut down.
    relay: Weak<Relay>,
    task: Waker,
}

impl Wake for Relayed {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let is_of_this_thread = OF_THIS_THREAD.with_borrow(|known| known.ptr_eq(&self.relay));
        if is_of_this_thread {
            self.task.wake_by_ref();
            return;
        }
        let Some(relay) = self.relay.upgrade() else {
            return;
        };
        let is_first = {
            let mut woken = relay.woken.lock();
            woken.push(self.task.clone());
            woken.len() == 1
        };
        if is_first {
            relay.task.wake();
        }
    }
}

/// The relayed waker of one task, kept from poll to poll.
#[derive(Debug, Default)]
pub struct RelayedWaker(Option<(Waker, Waker)>);

impl RelayedWaker {
    /// Returns a waker that wakes the current task through the relay of its thread. The thread must run a local task
    /// set, as the workers of actix do.
    pub fn of(&mut self, cx: &Context<'_>) -> &Waker {
        if !self
            .0
            .as_ref()
            .is_some_and(|(task, _)| task.will_wake(cx.waker()))
        {
            let task = cx.waker().clone();
            let relayed = Relayed {
                relay: Arc::downgrade(&Relay::of_this_thread()),
                task: task.clone(),
            };
            self.0 = Some((task, Arc::new(relayed).into()));
        }
        let (_, relayed) = self.0.as_ref().expect("just set");
        relayed
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering::SeqCst},
        thread,
    };

    use actix_web::rt::{self, System};
    use futures::future::join_all;
    use tokio::sync::mpsc;

    use super::*;

    /// Resolves once `wakes` has reached `times`. Sends a relayed waker of the task with each poll until then.
    async fn woken(times: usize, sender: mpsc::UnboundedSender<Waker>, wakes: Arc<AtomicUsize>) {
        let mut waker = RelayedWaker::default();
        poll_fn(|cx| {
            let relayed = waker.of(cx);
            if wakes.load(SeqCst) >= times {
                return Poll::Ready(());
            }
            sender.send(relayed.clone()).expect("the test receives");
            Poll::Pending
        })
        .await;
    }

    #[test]
    fn wakes_from_another_thread_reach_every_task() {
        System::new().block_on(async {
            let (sender, mut wakers) = mpsc::unbounded_channel::<Waker>();
            let wakes = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&wakes);
            let other = thread::spawn(move || {
                while let Some(waker) = wakers.blocking_recv() {
                    counted.fetch_add(1, SeqCst);
                    waker.wake();
                }
            });
            let tasks = (0..50).map(|_| rt::spawn(woken(200, sender.clone(), Arc::clone(&wakes))));
            let tasks: Vec<_> = tasks.collect();
            drop(sender);
            for ended in join_all(tasks).await {
                ended.expect("the task ends");
            }
            other.join().expect("the thread ends");
        });
    }

    #[test]
    fn a_relay_of_an_ended_runtime_is_replaced() {
        for _ in 0..2 {
            System::new().block_on(async {
                let wakes = Arc::new(AtomicUsize::new(0));
                let (sender, mut wakers) = mpsc::unbounded_channel::<Waker>();
                let task = rt::spawn(woken(1, sender, Arc::clone(&wakes)));
                let waker = wakers.recv().await.expect("the task waits");
                wakes.store(1, SeqCst);
                thread::spawn(move || waker.wake())
                    .join()
                    .expect("the thread ends");
                task.await.expect("the task ends");
            });
        }
    }
}
