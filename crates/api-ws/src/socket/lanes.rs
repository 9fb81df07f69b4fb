//! What the two directions of a connection share. Both run on the same worker thread.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http_edge::websocket::Close;

use crate::frames;

/// The most answers that wait to be written. A client that asks faster than it reads is not read from any
/// more until there is room: its own connection slows it down.
const MAX_ANSWERS: usize = 64;

/// The lane of answers, and how the connection ends.
#[derive(Debug)]
pub(crate) struct Lanes {
    answers: RefCell<VecDeque<Bytes>>,
    closing: RefCell<Option<Close>>,
    is_abandoned: Cell<bool>,
    is_over: Cell<bool>,
    writer: RefCell<Option<Waker>>,
    session: RefCell<Option<Waker>>,
    writes: Cell<u64>,
}

/// What the writer does next.
#[derive(Debug)]
pub(crate) enum Next {
    /// Write this.
    Answer(Bytes),
    /// Write this, and nothing after it.
    Last(Bytes),
    /// Write what the mailbox has.
    Mail,
    /// Write nothing more.
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

    /// Has a frame written, before anything that waits in the mailbox.
    pub(crate) fn answer(&self, frame: Bytes) {
        self.answers.borrow_mut().push_back(frame);
        wake(&self.writer);
    }

    /// Whether there is room for more answers; has the task woken when there is.
    pub(crate) fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.answers.borrow().len() < MAX_ANSWERS || self.is_over.get() {
            return Poll::Ready(());
        }
        *self.session.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Has the connection closed after the answers that wait already; what waits in the mailbox is given up.
    pub(crate) fn close(&self, close: Close) {
        self.closing.borrow_mut().get_or_insert(close);
        wake(&self.writer);
    }

    /// The connection is gone: nothing more can be written, not even a close frame.
    pub(crate) fn abandon(&self) {
        self.is_abandoned.set(true);
        wake(&self.writer);
    }

    /// Whether somebody has asked for the end.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.borrow().is_some()
    }

    /// Whether the writer has ended.
    pub(crate) fn poll_over(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_over.get() {
            return Poll::Ready(());
        }
        *self.session.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }

    /// How many frames the connection has taken, when another waits.
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
        if let Some(frame) = self.answers.borrow_mut().pop_front() {
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
