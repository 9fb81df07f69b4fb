//! State that the read half and the write half of a socket share. Both run on the same worker thread.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http_edge::websocket::Close;

use crate::frames;

/// Number of queued answers at which the client's messages are no longer read, so a client that sends faster than it
/// reads is throttled by its own connection.
const MAX_ANSWERS: usize = 64;

/// Queue of answers, and whether and how the connection ends.
#[derive(Debug)]
pub(crate) struct Lanes {
    answers: RefCell<VecDeque<Bytes>>,
    closing: RefCell<Option<Close>>,
    is_abandoned: Cell<bool>,
    is_over: Cell<bool>,
    writer: RefCell<Option<Waker>>,
    /// One slot suffices, because one task, the session's, polls both `poll_room` and `poll_over`.
    session: RefCell<Option<Waker>>,
    writes: Cell<u64>,
}

/// The next step of the write half.
#[derive(Debug)]
pub(crate) enum Next {
    Answer(Bytes),
    /// Write this frame, then end the stream.
    Last(Bytes),
    /// Write from the mailbox of the subscriber.
    Mail,
    /// End the stream without another frame.
    Nothing,
}

impl Lanes {
    pub(crate) fn new() -> Self {
        Self {
            answers: RefCell::default(),
            closing: RefCell::default(),
            is_abandoned: Cell::new(false),
            is_over: Cell::new(false),
            writer: RefCell::default(),
            session: RefCell::default(),
            writes: Cell::new(0),
        }
    }

    /// Queues a frame, which is written before anything in the mailbox.
    pub(crate) fn answer(&self, frame: Bytes) {
        self.answers.borrow_mut().push_back(frame);
        wake(&self.writer);
    }

    /// Resolves once there is room for another answer, or the write half has ended.
    pub(crate) fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.answers.borrow().len() < MAX_ANSWERS || self.is_over.get() {
            return Poll::Ready(());
        }
        *self.session.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Closes the connection after the queued answers. The content of the mailbox is dropped. If this is called again,
    /// the first close is kept.
    pub(crate) fn close(&self, close: Close) {
        self.closing.borrow_mut().get_or_insert(close);
        wake(&self.writer);
    }

    /// Ends the write half without a close frame, because the connection is lost.
    pub(crate) fn abandon(&self) {
        self.is_abandoned.set(true);
        wake(&self.writer);
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.borrow().is_some()
    }

    /// Resolves once the write half has ended.
    pub(crate) fn poll_over(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_over.get() {
            return Poll::Ready(());
        }
        *self.session.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Returns the number of frames written so far; `None` unless another frame is pending.
    pub(crate) fn writes_when_waiting(&self, has_mail: bool) -> Option<u64> {
        let waits = has_mail || !self.answers.borrow().is_empty() || self.is_closing();
        waits.then(|| self.writes.get())
    }

    pub(crate) fn next(&self, cx: &Context<'_>) -> Next {
        let mut writer = self.writer.borrow_mut();
        if !writer.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            *writer = Some(cx.waker().clone());
        }
        if self.is_abandoned.get() {
            return Next::Nothing;
        }
        let mut answers = self.answers.borrow_mut();
        if let Some(frame) = answers.pop_front() {
            // Frees the memory: most sockets rarely have an answer, and never several at a time.
            if answers.is_empty() {
                *answers = VecDeque::new();
            }
            wake(&self.session);
            return Next::Answer(frame);
        }
        match &*self.closing.borrow() {
            Some(close) => Next::Last(frames::close(close)),
            None => Next::Mail,
        }
    }

    pub(crate) fn wrote(&self) {
        self.writes.set(self.writes.get() + 1);
    }

    pub(crate) fn over(&self) {
        self.is_over.set(true);
        wake(&self.session);
    }
}

fn wake(waker: &RefCell<Option<Waker>>) {
    if let Some(waker) = waker.borrow_mut().take() {
        waker.wake();
    }
}
