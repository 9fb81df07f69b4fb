//! Writing of the response: its head, and then the frames of its body.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_http::body::BoxBody;
use actix_web::body::MessageBody as _;
use bytes::{Buf as _, Bytes};
use tokio::io::AsyncWrite as _;

use super::incoming::SharedStream;
use crate::tcp::client_stream::ClientStream;

/// Number of collected bytes at which frames are written before further ones are collected.
const WRITE_BYTES: usize = 32 * 1024;

/// Maximum size of the parts of a write that are copied into one buffer, in bytes.
const COPIED_BYTES: usize = 1024;

/// Maximum number of parts in one write.
const WRITE_PARTS: usize = 16;

/// A response that is being written.
pub(super) struct Outgoing {
    pub(super) shared: SharedStream,
    /// Parts of the response. The first one may have been written in part.
    pub(super) unsent: VecDeque<Bytes>,
    /// Body of the response, which is dropped as soon as it has ended.
    pub(super) body: Option<BoxBody>,
    pub(super) has_begun: bool,
    /// Whether the response accepts the other protocol.
    pub(super) is_socket: bool,
}

impl Outgoing {
    /// Writes the response. The body is polled only after everything before it has been written, so that frames for a
    /// slow client wait in its mailbox, where they are merged.
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut body_waits = false;
        loop {
            // The start of the body joins the head in the first write.
            if self.unsent.is_empty() || !self.has_begun {
                if body_waits {
                    // The body was polled after its last part in this call, and will wake the task.
                    return Poll::Pending;
                }
                body_waits = ready!(self.poll_collect(cx))?;
                self.has_begun = true;
            }
            if self.unsent.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let Some(stream) = &mut self.shared.0.borrow_mut().stream else {
                return Poll::Ready(Ok(()));
            };
            let written = ready!(poll_write_parts(Pin::new(stream), cx, &self.unsent))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            consume(&mut self.unsent, written);
        }
    }

    /// Takes parts from the body for the next write: as many as are available, up to a limit, and none after its end.
    /// Returns `true` if the body will wake the task once it has another part.
    fn poll_collect(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut bytes = 0;
        while bytes < WRITE_BYTES
            && self.unsent.len() < WRITE_PARTS
            && let Some(body) = &mut self.body
        {
            match body.as_pin_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(part))) if part.is_empty() => {}
                Poll::Ready(Some(Ok(part))) => {
                    bytes += part.len();
                    self.unsent.push_back(part);
                }
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(Err(io::Error::other(error.to_string())));
                }
                Poll::Ready(None) => self.body = None,
                Poll::Pending if self.unsent.is_empty() => return Poll::Pending,
                Poll::Pending => return Poll::Ready(Ok(true)),
            }
        }
        Poll::Ready(Ok(false))
    }
}

/// Writes parts of a response with one call. Short ones are copied into one buffer, which is cheaper than a vectored
/// write.
fn poll_write_parts(
    stream: Pin<&mut ClientStream>,
    cx: &mut Context<'_>,
    unsent: &VecDeque<Bytes>,
) -> Poll<io::Result<usize>> {
    let parts = || unsent.iter().take(WRITE_PARTS);
    if parts().map(Bytes::len).sum::<usize>() <= COPIED_BYTES {
        let mut copy = [0; COPIED_BYTES];
        let mut length = 0;
        for part in parts() {
            copy[length..length + part.len()].copy_from_slice(part);
            length += part.len();
        }
        return stream.poll_write(cx, &copy[..length]);
    }
    let mut slices = [IoSlice::new(&[]); WRITE_PARTS];
    for (slice, part) in slices.iter_mut().zip(parts()) {
        *slice = IoSlice::new(part);
    }
    stream.poll_write_vectored(cx, &slices[..parts().count()])
}

/// Removes the first `written` bytes.
fn consume(unsent: &mut VecDeque<Bytes>, mut written: usize) {
    while let Some(part) = unsent.front_mut() {
        if written < part.len() {
            part.advance(written);
            return;
        }
        written -= part.len();
        unsent.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_bytes_are_removed() {
        let mut unsent: VecDeque<Bytes> = ["abc", "de", "f"].map(Bytes::from).into();
        consume(&mut unsent, 2);
        assert_eq!(unsent, ["c", "de", "f"]);
        consume(&mut unsent, 3);
        assert_eq!(unsent, ["f"]);
        consume(&mut unsent, 1);
        assert!(unsent.is_empty());
    }
}
