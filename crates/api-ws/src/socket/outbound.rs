//! The write half of a socket: the body of the handshake's response.

use std::{
    convert::Infallible,
    pin::Pin,
    rc::{Rc, Weak},
    task::{Context, Poll, ready},
};

use application::live::{Delivery, FeedStatus, OutgoingMessage, Outlet, Subscriber};
use bytes::Bytes;
use futures::Stream;
use http_edge::websocket::RelayedWaker;
use metrics::Counter;
use observability::metrics::names;

use super::lanes::{Lanes, Next};
use crate::{codec::Codec, protocol::Answer};

/// Yields encoded frames one at a time. The connection requests the next frame only after it has taken the previous
/// one, so a slow client's updates stay in the mailbox, where they are merged.
pub(crate) struct Outbound {
    lanes: Rc<Lanes>,
    /// Dropped when the session ends, which may happen while the connection is stuck in a write.
    subscriber: Weak<Subscriber>,
    codec: Codec,
    frames: Counter,
    events: Counter,
    /// Second part of the frame whose first part was just written.
    rest: Option<Bytes>,
    is_ended: bool,
    waker: RelayedWaker,
}

impl Outbound {
    pub(crate) fn new(lanes: Rc<Lanes>, subscriber: Weak<Subscriber>, codec: Codec) -> Self {
        let frames = metrics::counter!(names::WS_FRAMES_TOTAL);
        let events = metrics::counter!(names::WS_EVENTS_TOTAL);
        Self {
            lanes,
            subscriber,
            codec,
            frames,
            events,
            rest: None,
            is_ended: false,
            waker: RelayedWaker::default(),
        }
    }

    /// Returns the first part of a delivery's frame; the second is written next, before anything else.
    fn batch(&mut self, subscriber: &Subscriber, delivery: &Delivery) -> Bytes {
        let [beginning, rest] = self.codec.frame(delivery);
        self.rest = Some(rest);
        self.events
            .increment((delivery.batch.events.len() + delivery.batch.views.len()) as u64);
        subscriber.written(delivery, Outlet::WebSocket);
        beginning
    }

    fn poll_mail(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let Some(subscriber) = self.subscriber.upgrade() else {
            // The session has decided to close: its close frame will wake this task through the lanes.
            return Poll::Pending;
        };
        loop {
            let mut cx = Context::from_waker(self.waker.of(cx));
            match ready!(subscriber.poll_take(&mut cx)) {
                Some(OutgoingMessage::Batch(delivery)) => {
                    let frame = self.batch(&subscriber, &delivery);
                    return self.write(frame);
                }
                Some(OutgoingMessage::Roster(page)) => {
                    self.events.increment(page.events.len() as u64);
                    let frame = self.codec.roster_frame(&page);
                    return self.write(frame);
                }
                Some(OutgoingMessage::Feed(feed)) => {
                    let frame = self.feed_frame(feed);
                    return self.write(frame);
                }
                Some(_) => {}
                None => return Poll::Ready(None),
            }
        }
    }

    fn feed_frame(&self, feed: FeedStatus) -> Bytes {
        self.codec.answer(&Answer::Feed {
            status: if feed.is_up { "up" } else { "down" },
            since: feed.since.as_unix_ms(),
        })
    }

    fn write(&mut self, frame: Bytes) -> Poll<Option<Result<Bytes, Infallible>>> {
        self.lanes.wrote();
        self.frames.increment(1);
        Poll::Ready(Some(Ok(frame)))
    }
}

impl Stream for Outbound {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // A frame must be completed before anything else is written, even a close frame.
        if let Some(rest) = self.rest.take() {
            return Poll::Ready(Some(Ok(rest)));
        }
        if self.is_ended {
            return Poll::Ready(None);
        }
        match self.lanes.next(cx) {
            Next::Answer(frame) => self.write(frame),
            Next::Last(frame) => {
                self.is_ended = true;
                self.write(frame)
            }
            Next::Nothing => Poll::Ready(None),
            Next::Mail => self.poll_mail(cx),
        }
    }
}

impl Drop for Outbound {
    fn drop(&mut self) {
        self.lanes.over();
    }
}
