//! Reading of one body.

use std::{ops::Deref, time::Duration};

use actix_web::{
    HttpRequest,
    error::PayloadError,
    http::header,
    web::{Bytes, BytesMut, Payload},
};
use futures::StreamExt as _;
use tokio::time::{Instant, timeout_at};

use super::{BodyFault, budget::Charge};

/// Time limit for every body, however short.
const GRACE: Duration = Duration::from_secs(10);

/// Minimum rate after [`GRACE`], in bytes per second. A slow client holds a connection and memory. At this rate, the
/// largest file takes 17 minutes, and the budget bounds the memory.
const MIN_BYTES_PER_SECOND: u32 = 16 * 1024;

/// Number of bytes of each body that are not counted, so that log-ins and other small requests work even if large
/// bodies use up the budget. The limit on connections bounds these bytes.
const FREE_BYTES: usize = 8 * 1024;

/// Maximum capacity reserved for an announced length, in bytes.
const MAX_AHEAD_BYTES: usize = 64 * 1024;

/// A complete body. All but its first 8 KiB count towards the bytes in flight until it is dropped.
#[derive(Debug)]
pub struct Body {
    bytes: Bytes,
    _charge: Charge,
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Reads a body of at most `max_bytes`.
///
/// # Errors
/// Returns a [`BodyFault`] with the reason for the refusal. Nothing is read if the announced length is too large.
pub(crate) async fn read(
    request: &HttpRequest,
    mut payload: Payload,
    max_bytes: usize,
    mut charge: Charge,
) -> Result<Body, BodyFault> {
    let announced = announced_length(request);
    if announced.is_some_and(|length| length > max_bytes as u64) {
        return Err(BodyFault::TooLarge(max_bytes));
    }
    let ahead = announced.map_or(0, |length| length.min(MAX_AHEAD_BYTES as u64) as usize);
    let mut bytes = BytesMut::with_capacity(ahead);
    let started = Instant::now();
    loop {
        // The deadline moves with the bytes received: 10 seconds, plus one second for each 16 KiB.
        let earned = Duration::from_secs(bytes.len() as u64) / MIN_BYTES_PER_SECOND;
        let next = timeout_at(started + GRACE + earned, payload.next()).await;
        let part = match next.map_err(|_| BodyFault::TooSlow)? {
            None => break,
            Some(Ok(part)) => part,
            Some(Err(PayloadError::Overflow)) => return Err(BodyFault::TooLarge(max_bytes)),
            Some(Err(_)) => return Err(BodyFault::Incomplete),
        };
        // Without `Content-Length`, the size is only known from the bytes received so far.
        if bytes.len() + part.len() > max_bytes {
            return Err(BodyFault::TooLarge(max_bytes));
        }
        let counted = |bytes: usize| bytes.saturating_sub(FREE_BYTES);
        charge.take(counted(bytes.len() + part.len()) - counted(bytes.len()))?;
        bytes.extend_from_slice(&part);
    }
    Ok(Body {
        bytes: bytes.freeze(),
        _charge: charge,
    })
}

fn announced_length(request: &HttpRequest) -> Option<u64> {
    let length = request.headers().get(header::CONTENT_LENGTH)?;
    length.to_str().ok()?.trim().parse().ok()
}
