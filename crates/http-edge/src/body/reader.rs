//! One body on its way.

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

/// How long a body may take however short it is.
const GRACE: Duration = Duration::from_secs(10);

/// How many bytes a second it must have after that. A client that sends drop by drop holds a connection and memory; one
/// at this rate holds the largest file for nine minutes, which the budget bounds.
const MIN_BYTES_PER_SECOND: u32 = 16 * 1024;

/// How many bytes of each body don't count: log-ins and other small requests work also while large bodies use up all the
/// room. As there are only so many connections, these are bounded as well.
const FREE_BYTES: usize = 8 * 1024;

/// The most bytes for which room is made before they are there.
const MAX_AHEAD_BYTES: usize = 64 * 1024;

/// A body that has arrived. All but its first 8 KiB counts towards the bytes in flight until it is dropped.
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

/// Reads a body of at most so many bytes.
///
/// # Errors
/// [`BodyFault`]: a body whose announced length is too large is refused before any of it is read.
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
        let earned = Duration::from_secs(bytes.len() as u64) / MIN_BYTES_PER_SECOND;
        let next = timeout_at(started + GRACE + earned, payload.next()).await;
        let part = match next.map_err(|_| BodyFault::TooSlow)? {
            None => break,
            Some(Ok(part)) => part,
            Some(Err(PayloadError::Overflow)) => return Err(BodyFault::TooLarge(max_bytes)),
            Some(Err(_)) => return Err(BodyFault::Incomplete),
        };
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
