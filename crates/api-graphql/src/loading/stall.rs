//! Detection of operations that can't make progress without an answer.

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

/// Calls that are deferred until an operation is stalled.
#[derive(Default)]
pub(crate) struct Queue(Mutex<Vec<BoxFuture<'static, ()>>>);

impl Queue {
    /// Adds a call for [`drive`] to start.
    pub(super) fn put(&self, call: impl Future<Output = ()> + Send + 'static) {
        self.0.lock().push(call.boxed());
    }

    fn take(&self) -> Vec<BoxFuture<'static, ()>> {
        std::mem::take(&mut self.0.lock())
    }
}

/// Drives an operation, and starts the calls in its queue whenever it is stalled. Dropping the future cancels both.
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

pub(crate) struct Driven<F> {
    operation: Pin<Box<F>>,
    queue: Arc<Queue>,
    /// Calls that have been started and have not completed.
    calls: FuturesUnordered<BoxFuture<'static, ()>>,
    notice: Arc<Notice>,
}

/// Waker that records whether the operation has been woken. A set of futures wakes itself after it has polled all its
/// futures once, in order to yield to other tasks. A pending operation is therefore stalled only if it has not been
/// woken.
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
        // Registered before the flag is read. Otherwise, a wake-up between the two would be lost.
        this.notice.driver.register(context.waker());
        let waker = Waker::from(Arc::clone(&this.notice));
        loop {
            if this.notice.is_woken.swap(false, Ordering::AcqRel)
                && let Poll::Ready(output) = this.operation.as_mut().poll(&mut Context::from_waker(&waker))
            {
                return Poll::Ready(output);
            }
            // Calls must not start earlier: fields that have not been polled yet may still add keys to them.
            let is_stalled = !this.notice.is_woken();
            if is_stalled {
                this.calls.extend(this.queue.take());
            }
            while let Poll::Ready(Some(())) = Pin::new(&mut this.calls).poll_next(context) {}
            // An operation that is not stalled has woken this task already, so it yields here. A completed call may
            // have woken a stalled one, which is then polled again at once.
            if !is_stalled || !this.notice.is_woken() {
                return Poll::Pending;
            }
        }
    }
}
