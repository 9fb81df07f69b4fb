//! Reading of WebSocket frames (RFC 6455), shared by all endpoints.
//!
//! Frames are not read with actix, because the announced length must be checked before the payload is buffered, and
//! each frame must count towards the client's limits, even if it completes no message.

use std::borrow::Cow;

use bytes::{Buf as _, Bytes, BytesMut};

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// Maximum length of a control frame's payload (RFC 6455, section 5.5).
const MAX_CONTROL_BYTES: u64 = 125;

/// A client's frame, or the message that it completes.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming {
    Text(String),
    Binary(Vec<u8>),
    /// A frame of an incomplete message.
    Fragment,
    /// A ping. The response is a pong with the same payload.
    Ping(Bytes),
    Pong,
    /// A close frame with its code, if any.
    Close(Option<u16>),
}

/// A violation of the protocol, with the close code to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameFault {
    /// 1002, 1007 or 1009 (RFC 6455, section 7.4.1).
    pub code: u16,
    /// Reason for the close frame, at most 123 bytes.
    pub reason: Cow<'static, str>,
}

impl FrameFault {
    fn protocol(reason: &'static str) -> Self {
        Self {
            code: 1002,
            reason: reason.into(),
        }
    }

    fn not_utf8(reason: &'static str) -> Self {
        Self {
            code: 1007,
            reason: reason.into(),
        }
    }

    fn too_big(max_bytes: usize) -> Self {
        Self {
            code: 1009,
            reason: format!("messages must be at most {max_bytes} bytes long").into(),
        }
    }
}

/// Assembles a client's messages from the bytes of its connection.
#[derive(Debug)]
pub struct FrameReader {
    buffer: BytesMut,
    /// Opcode and payload of an incomplete fragmented message.
    fragments: Option<(u8, Vec<u8>)>,
    max_bytes: usize,
}

struct Header {
    is_final: bool,
    opcode: u8,
    mask: [u8; 4],
    header_bytes: usize,
    payload_bytes: usize,
}

impl FrameReader {
    /// Creates a reader that accepts messages of at most `max_bytes`, in one frame or several.
    #[must_use]
    pub fn new(max_bytes: usize) -> Self {
        Self {
            buffer: BytesMut::new(),
            fragments: None,
            max_bytes,
        }
    }

    pub fn add(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Takes the next frame, or returns `None` until it is complete.
    ///
    /// # Errors
    /// Returns [`FrameFault`] if RFC 6455 forbids the frame or a message is too long. The latter is reported as soon as
    /// the length is announced.
    pub fn read(&mut self) -> Result<Option<Incoming>, FrameFault> {
        let Some(header) = self.header()? else {
            if self.buffer.is_empty() {
                // Otherwise, the memory of the largest message would be kept for as long as the connection is open.
                self.buffer = BytesMut::new();
            }
            return Ok(None);
        };
        if self.buffer.len() < header.header_bytes + header.payload_bytes {
            return Ok(None);
        }
        self.buffer.advance(header.header_bytes);
        let mut payload = self.buffer.split_to(header.payload_bytes);
        payload
            .iter_mut()
            .zip(header.mask.iter().cycle())
            .for_each(|(byte, mask)| *byte ^= mask);
        self.assemble(&header, payload).map(Some)
    }

    fn header(&self) -> Result<Option<Header>, FrameFault> {
        let [first, second, rest @ ..] = &self.buffer[..] else {
            return Ok(None);
        };
        if first & RESERVED != 0 {
            return Err(FrameFault::protocol(
                "the reserved bits must be 0: no extension was negotiated",
            ));
        }
        if second & MASKED == 0 {
            return Err(FrameFault::protocol("client frames must be masked"));
        }
        let (length_bytes, payload_bytes) = match (second & !MASKED, rest) {
            (126, [a, b, ..]) => (2, u64::from(u16::from_be_bytes([*a, *b]))),
            (127, [a, ..]) if a & 0x80 != 0 => {
                return Err(FrameFault::protocol("the top bit of a length must be 0"));
            }
            (127, [a, b, c, d, e, f, g, h, ..]) => (8, u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h])),
            (126 | 127, _) => return Ok(None),
            (length, _) => (0, u64::from(length)),
        };
        let (is_final, opcode) = (first & FIN != 0, first & 0x0F);
        // Check the length before waiting for the payload, so that an oversized frame is never buffered.
        self.check(is_final, opcode, payload_bytes)?;
        let [a, b, c, d, ..] = rest[length_bytes..] else {
            return Ok(None);
        };
        Ok(Some(Header {
            is_final,
            opcode,
            mask: [a, b, c, d],
            header_bytes: 2 + length_bytes + 4,
            payload_bytes: payload_bytes as usize,
        }))
    }

    fn check(&self, is_final: bool, opcode: u8, payload_bytes: u64) -> Result<(), FrameFault> {
        match opcode {
            CLOSE | PING | PONG if !is_final || payload_bytes > MAX_CONTROL_BYTES => Err(
                FrameFault::protocol("control frames must not be fragmented or exceed 125 bytes of payload"),
            ),
            CLOSE | PING | PONG => Ok(()),
            TEXT | BINARY if self.fragments.is_some() => {
                Err(FrameFault::protocol("the previous message is incomplete"))
            }
            CONTINUATION if self.fragments.is_none() => {
                Err(FrameFault::protocol("there is no message to continue"))
            }
            TEXT | BINARY | CONTINUATION => {
                let so_far = self.fragments.as_ref().map_or(0, |(_, bytes)| bytes.len() as u64);
                let is_too_big = so_far.saturating_add(payload_bytes) > self.max_bytes as u64;
                if is_too_big {
                    Err(FrameFault::too_big(self.max_bytes))
                } else {
                    Ok(())
                }
            }
            _ => Err(FrameFault::protocol("unknown opcode")),
        }
    }

    fn assemble(&mut self, header: &Header, payload: BytesMut) -> Result<Incoming, FrameFault> {
        match header.opcode {
            PING => return Ok(Incoming::Ping(payload.freeze())),
            PONG => return Ok(Incoming::Pong),
            CLOSE => return close(&payload).map(Incoming::Close),
            _ => {}
        }
        // Control frames may arrive between fragments, so only data frames touch the incomplete message.
        let (opcode, mut bytes) = self.fragments.take().unwrap_or((header.opcode, Vec::new()));
        bytes.extend_from_slice(&payload);
        if !header.is_final {
            self.fragments = Some((opcode, bytes));
            return Ok(Incoming::Fragment);
        }
        match opcode {
            TEXT => String::from_utf8(bytes)
                .map(Incoming::Text)
                .map_err(|_| FrameFault::not_utf8("text must be UTF-8")),
            _ => Ok(Incoming::Binary(bytes)),
        }
    }
}

/// Parses the payload of a close frame; `None` if it has no code.
fn close(payload: &[u8]) -> Result<Option<u16>, FrameFault> {
    let (code, reason) = match payload {
        [] => return Ok(None),
        [_] => return Err(FrameFault::protocol("a close code must have two bytes")),
        [a, b, reason @ ..] => (u16::from_be_bytes([*a, *b]), reason),
    };
    if !may_be_sent(code) {
        return Err(FrameFault::protocol("invalid close code"));
    }
    match std::str::from_utf8(reason) {
        Ok(_) => Ok(Some(code)),
        Err(_) => Err(FrameFault::not_utf8("the close reason must be UTF-8")),
    }
}

/// Returns `true` if a close frame may carry this code: one that RFC 6455 or the IANA registry defines, or one for
/// libraries (3000 to 3999) or applications (4000 to 4999). 1004 is reserved; 1005, 1006 and 1015 only exist in
/// programming interfaces.
const fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

#[cfg(test)]
mod tests;
