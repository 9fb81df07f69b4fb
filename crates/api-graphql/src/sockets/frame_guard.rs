//! Refuses a WebSocket frame by its header.
//!
//! The library looks at a frame's size once all of it has arrived: a client could announce a gigabyte and
//! have the server buffer it. The guard follows the headers (RFC 6455, section 5.2) of what passes, and ends
//! the stream at the first that announces too much.

use actix_web::{
    FromRequest as _, HttpRequest,
    dev::Payload,
    error::PayloadError,
    web::{self, Bytes},
};
use futures::{StreamExt as _, future, stream};

/// The same body, but ended with [`PayloadError::Overflow`] at a frame of more than `max_bytes`.
pub(super) async fn guarded(
    request: &HttpRequest,
    body: web::Payload,
    max_bytes: usize,
) -> Result<web::Payload, actix_web::Error> {
    let mut guard = FrameGuard::new(max_bytes);
    let guarded = body.flat_map(move |chunk| {
        let checked = chunk.and_then(|chunk| guard.pass(chunk));
        stream::once(future::ready(checked))
    });
    let mut payload = Payload::Stream {
        payload: guarded.boxed_local(),
    };
    web::Payload::from_request(request, &mut payload).await
}

/// Where in the stream of frames the bytes that have passed end.
#[derive(Debug)]
struct FrameGuard {
    max_bytes: u64,
    /// The header that is being read, as far as it has come; 14 bytes at most.
    header: Vec<u8>,
    /// What is left of the present frame's mask and payload.
    left: u64,
}

impl FrameGuard {
    fn new(max_bytes: usize) -> Self {
        Self {
            max_bytes: u64::try_from(max_bytes).unwrap_or(u64::MAX),
            header: Vec::new(),
            left: 0,
        }
    }

    fn pass(&mut self, chunk: Bytes) -> Result<Bytes, PayloadError> {
        let mut rest = &chunk[..];
        while !rest.is_empty() {
            if self.left > 0 {
                let skipped = usize::try_from(self.left).unwrap_or(usize::MAX).min(rest.len());
                self.left -= skipped as u64;
                rest = &rest[skipped..];
                continue;
            }
            self.header.push(rest[0]);
            rest = &rest[1..];
            let Some(payload_bytes) = announced(&self.header) else {
                continue;
            };
            if payload_bytes > self.max_bytes {
                return Err(PayloadError::Overflow);
            }
            let mask_bytes = if self.header[1] & 0x80 == 0 { 0 } else { 4 };
            self.left = payload_bytes + mask_bytes;
            self.header.clear();
        }
        Ok(chunk)
    }
}

/// How many bytes of payload a header announces, once it has arrived up to its length.
fn announced(header: &[u8]) -> Option<u64> {
    let short = header.get(1)? & 0x7F;
    match short {
        126 => Some(u64::from(u16::from_be_bytes(header.get(2..4)?.try_into().ok()?))),
        127 => Some(u64::from_be_bytes(header.get(2..10)?.try_into().ok()?)),
        _ => Some(u64::from(short)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(payload_bytes: usize) -> Vec<u8> {
        let mut frame = vec![0x81];
        match payload_bytes {
            0..126 => frame.push(0x80 | payload_bytes as u8),
            126..65_536 => {
                frame.push(0x80 | 126);
                frame.extend_from_slice(&(payload_bytes as u16).to_be_bytes());
            }
            _ => {
                frame.push(0x80 | 127);
                frame.extend_from_slice(&(payload_bytes as u64).to_be_bytes());
            }
        }
        frame.extend_from_slice(&[1, 2, 3, 4]);
        frame.resize(frame.len() + payload_bytes, 0xFF);
        frame
    }

    fn passes(bytes: &[u8], chunk_bytes: usize) -> bool {
        let mut guard = FrameGuard::new(1_000);
        bytes
            .chunks(chunk_bytes)
            .all(|chunk| guard.pass(Bytes::copy_from_slice(chunk)).is_ok())
    }

    proptest! {
        #[test]
        fn frames_pass_up_to_the_limit_however_they_arrive(
            sizes in prop::collection::vec(0..=1_000usize, 1..20), chunk_bytes in 1..2_000usize,
        ) {
            let mut bytes: Vec<u8> = sizes.into_iter().flat_map(frame).collect();
            prop_assert!(passes(&bytes, chunk_bytes));
            bytes.extend(frame(1_001));
            prop_assert!(!passes(&bytes, chunk_bytes));
        }
    }

    #[test]
    fn a_header_is_enough_to_refuse() {
        assert!(!passes(&frame(1 << 20)[..10], 1));
        assert!(passes(&frame(1 << 20)[..9], 1));
    }
}
