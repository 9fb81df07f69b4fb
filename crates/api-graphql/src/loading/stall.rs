//! Finds out when an operation can't go on without answers.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures::{FutureExt as _, Stream as _, future::BoxFuture, stream::FuturesUnordered, task::AtomicWaker};
use parking_lot::Mutex;

/// The calls that wait for an operation to be stalled.
#[derive(Default)]
pub(crate) struct Queue(Mutex<Vec<BoxFuture<'static, ()>>>);

impl Queue {
    /// Adds a call, to be begun by [`drive`].
    pub(super) fn put(&self, call: impl Future<Output = ()> + Send + 'static) {
        self.0.lock().push(call.boxed());
    }

    fn take(&self) -> Vec<BoxFuture<'static, ()>> {
        std::mem::take(&mut self.0.lock())
    }
}

/// Drives an operation, and begins the calls of its queue whenever it is stalled. Dropping it ends both.
pub(crate) fn drive<F: Future>(queue: &Arc<Queue>, operation: F) -> Driven<F> {
    Driven {
        operation: Box::pin(operation),
        queue: Arc::clone(queue),
        calls: FuturesUnordered::new(),
        notice: Arc::new(Notice {
            is_woken: AtomicBool::new(true),
            driver: AtomicWaker::new(),
        }),
    }
}

/// An operation with its calls.
pub(crate) struct Driven<F> {
    operation: Pin<Box<F>>,
    queue: Arc<Queue>,
    /// The calls that are under way.
    calls: FuturesUnordered<BoxFuture<'static, ()>>,
    notice: Arc<Notice>,
}

/// Whether the operation has asked to be polled. A set of futures that has polled all its own asks at once: it only
/// wants to give others a turn. So an operation that is pending is stalled only if it has not asked.
struct Notice {
    is_woken: AtomicBool,
    driver: AtomicWaker,
}

impl Wake for Notice {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        self.driver.wake();
    }
}

impl Notice {
    fn is_woken(&self) -> bool {
        self.is_woken.load(Ordering::Acquire)
    }
}

impl<F: Future> Future for Driven<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        this.notice.driver.register(context.waker());
        let waker = Waker::from(Arc::clone(&this.notice));
        loop {
            if this.notice.is_woken.swap(false, Ordering::AcqRel)
                && let Poll::Ready(output) = this.operation.as_mut().poll(&mut Context::from_waker(&waker))
            {
                return Poll::Ready(output);
            }
            let is_stalled = !this.notice.is_woken();
            if is_stalled {
                this.calls.extend(this.queue.take());
            }
            while let Poll::Ready(Some(())) = Pin::new(&mut this.calls).poll_next(context) {}
            // An operation that was not stalled has had its driver woken, and gives others a turn.
            if !is_stalled || !this.notice.is_woken() {
                return Poll::Pending;
            }
        }
    }
}
