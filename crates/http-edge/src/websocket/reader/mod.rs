//! The reading side of a WebSocket (RFC 6455), for every endpoint that has one.
//!
//! Frames are read here and not by actix because the announced length has to be judged before the bytes are taken
//! into memory, and because each frame counts towards the client's limits, also one that completes no message.

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

/// The longest payload of a control frame (RFC 6455, section 5.5).
const MAX_CONTROL_BYTES: u64 = 125;

/// A frame of a client, or the message that it completes.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A whole text message.
    Text(String),
    /// A whole binary message.
    Binary,
    /// A frame of a message that is not complete yet.
    Fragment,
    /// A ping, to be answered by a pong of the same payload.
    Ping(Bytes),
    /// The answer to a ping.
    Pong,
    /// The end of the connection; the answer repeats the code, if there is one.
    Close(Option<u16>),
}

/// A violation of the protocol, with the close code that answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameFault {
    /// 1002, 1007 or 1009 (RFC 6455, section 7.4.1).
    pub code: u16,
    /// The reason for the close frame: at most 123 bytes.
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
            reason: format!("messages have at most {max_bytes} bytes").into(),
        }
    }
}

/// Puts a client's messages together from the bytes of its connection.
#[derive(Debug)]
pub struct FrameReader {
    buffer: BytesMut,
    /// The message that is under way in fragments, and its opcode.
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
    /// A reader of messages of at most so many bytes, in one frame or in many.
    #[must_use]
    pub fn new(max_bytes: usize) -> Self {
        Self {
            buffer: BytesMut::new(),
            fragments: None,
            max_bytes,
        }
    }

    /// Adds bytes of the connection.
    pub fn add(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Takes the next frame, if all of it has come in.
    ///
    /// # Errors
    /// When RFC 6455 does not allow the frame, or a message is too long: as soon as its length has been announced.
    pub fn read(&mut self) -> Result<Option<Incoming>, FrameFault> {
        let Some(header) = self.header()? else {
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
            return Err(FrameFault::protocol("no extension was negotiated"));
        }
        if second & MASKED == 0 {
            return Err(FrameFault::protocol("a client's frames are masked"));
        }
        let (length_bytes, payload_bytes) = match (second & !MASKED, rest) {
            (126, [a, b, ..]) => (2, u64::from(u16::from_be_bytes([*a, *b]))),
            (127, [a, ..]) if a & 0x80 != 0 => {
                return Err(FrameFault::protocol("the highest bit of a length is 0"));
            }
            (127, [a, b, c, d, e, f, g, h, ..]) => (8, u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h])),
            (126 | 127, _) => return Ok(None),
            (length, _) => (0, u64::from(length)),
        };
        let (is_final, opcode) = (first & FIN != 0, first & 0x0F);
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
            CLOSE | PING | PONG if !is_final || payload_bytes > MAX_CONTROL_BYTES => {
                Err(FrameFault::protocol("control frames are short and whole"))
            }
            CLOSE | PING | PONG => Ok(()),
            TEXT | BINARY if self.fragments.is_some() => {
                Err(FrameFault::protocol("another message is not complete"))
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
            _ => Ok(Incoming::Binary),
        }
    }
}

/// The code of a close frame, if it has one.
fn close(payload: &[u8]) -> Result<Option<u16>, FrameFault> {
    let (code, reason) = match payload {
        [] => return Ok(None),
        [_] => return Err(FrameFault::protocol("a close code has two bytes")),
        [a, b, reason @ ..] => (u16::from_be_bytes([*a, *b]), reason),
    };
    if !may_be_sent(code) {
        return Err(FrameFault::protocol("this close code may not be sent"));
    }
    match std::str::from_utf8(reason) {
        Ok(_) => Ok(Some(code)),
        Err(_) => Err(FrameFault::not_utf8("the reason of a close must be UTF-8")),
    }
}

/// Whether a close frame may carry a code: those that RFC 6455 and IANA's registry assign to endpoints, and those that
/// are left to libraries (3000 to 3999) and applications (4000 to 4999). 1004 is reserved; 1005, 1006 and 1015 only
/// exist in programming interfaces.
const fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

#[cfg(test)]
mod tests;
