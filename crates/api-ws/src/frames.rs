//! WebSocket frames (RFC 6455, section 5.2).
//!
//! A server's frames are not masked, so one frame serves every socket. A client's frames are read here and
//! not by actix because the announced length has to be judged before the bytes are taken into memory.

use bytes::{Buf as _, Bytes, BytesMut};

use crate::close::Close;

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// The longest header of a frame that is not masked.
const MAX_HEADER: usize = 10;

/// A text frame with this payload.
pub(crate) fn text(payload: &[u8]) -> Bytes {
    frame(TEXT, payload)
}

/// A text frame whose payload is written straight into it. The header has its longest form's place before the
/// payload, so that nothing is moved when the length is known.
pub(crate) fn text_with(capacity: usize, write: impl FnOnce(&mut Vec<u8>)) -> Bytes {
    let mut buffer = Vec::with_capacity(MAX_HEADER + capacity);
    buffer.resize(MAX_HEADER, 0);
    write(&mut buffer);
    let (header, length) = header(TEXT, buffer.len() - MAX_HEADER);
    let start = MAX_HEADER - length;
    buffer[start..MAX_HEADER].copy_from_slice(&header[..length]);
    Bytes::from(buffer).slice(start..)
}

/// A ping without a payload.
pub(crate) fn ping() -> Bytes {
    frame(PING, &[])
}

/// The answer to a ping.
pub(crate) fn pong(payload: &[u8]) -> Bytes {
    frame(PONG, payload)
}

/// A close frame.
pub(crate) fn close(close: &Close) -> Bytes {
    let mut payload = close.code.to_be_bytes().to_vec();
    payload.extend_from_slice(&close.reason.as_bytes()[..close.reason.len().min(123)]);
    frame(CLOSE, &payload)
}

fn frame(opcode: u8, payload: &[u8]) -> Bytes {
    let (header, length) = header(opcode, payload.len());
    [&header[..length], payload].concat().into()
}

fn header(opcode: u8, payload: usize) -> ([u8; MAX_HEADER], usize) {
    let mut header = [0; MAX_HEADER];
    header[0] = FIN | opcode;
    match payload {
        0..=125 => {
            header[1] = payload as u8;
            (header, 2)
        }
        126..=0xFFFF => {
            header[1] = 126;
            header[2..4].copy_from_slice(&(payload as u16).to_be_bytes());
            (header, 4)
        }
        _ => {
            header[1] = 127;
            header[2..10].copy_from_slice(&(payload as u64).to_be_bytes());
            (header, 10)
        }
    }
}

/// What a client sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// A whole text message.
    Text(String),
    /// A whole binary message.
    Binary,
    /// To be answered by a pong of the same payload.
    Ping(Bytes),
    /// The answer to a ping.
    Pong,
    /// Good-bye.
    Close(Option<u16>),
}

/// Puts a client's messages together from the bytes of its connection.
#[derive(Debug)]
pub(crate) struct MessageReader {
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

impl MessageReader {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self {
            buffer: BytesMut::new(),
            fragments: None,
            max_bytes,
        }
    }

    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole message, if it has come in. A message that is too long is refused as soon as its length
    /// has been announced.
    pub(crate) fn next(&mut self) -> Result<Option<Message>, Close> {
        while let Some(header) = self.header()? {
            let whole = header.header_bytes + header.payload_bytes;
            if self.buffer.len() < whole {
                return Ok(None);
            }
            self.buffer.advance(header.header_bytes);
            let mut payload = self.buffer.split_to(header.payload_bytes);
            payload
                .iter_mut()
                .zip(header.mask.iter().cycle())
                .for_each(|(byte, mask)| *byte ^= mask);
            if let Some(message) = self.assemble(&header, payload)? {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    fn header(&self) -> Result<Option<Header>, Close> {
        let [first, second, rest @ ..] = &self.buffer[..] else {
            return Ok(None);
        };
        if first & RESERVED != 0 {
            return Err(Close::broken_frame("no extension was negotiated"));
        }
        if second & MASKED == 0 {
            return Err(Close::broken_frame("a client's frames are masked"));
        }
        let (length_bytes, payload_bytes) = match (second & !MASKED, rest) {
            (126, [a, b, ..]) => (2, u64::from(u16::from_be_bytes([*a, *b]))),
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

    fn check(&self, is_final: bool, opcode: u8, payload_bytes: u64) -> Result<(), Close> {
        match opcode {
            CLOSE | PING | PONG if !is_final || payload_bytes > 125 => {
                Err(Close::broken_frame("control frames are short and whole"))
            }
            CLOSE | PING | PONG => Ok(()),
            TEXT | BINARY if self.fragments.is_some() => {
                Err(Close::broken_frame("another message is not complete"))
            }
            CONTINUATION if self.fragments.is_none() => {
                Err(Close::broken_frame("there is no message to continue"))
            }
            TEXT | BINARY | CONTINUATION => {
                let so_far = self.fragments.as_ref().map_or(0, |(_, bytes)| bytes.len() as u64);
                let is_too_big = so_far.saturating_add(payload_bytes) > self.max_bytes as u64;
                if is_too_big {
                    Err(Close::too_big(self.max_bytes))
                } else {
                    Ok(())
                }
            }
            _ => Err(Close::broken_frame("unknown opcode")),
        }
    }

    fn assemble(&mut self, header: &Header, payload: BytesMut) -> Result<Option<Message>, Close> {
        match header.opcode {
            PING => return Ok(Some(Message::Ping(payload.freeze()))),
            PONG => return Ok(Some(Message::Pong)),
            CLOSE => {
                let code = payload
                    .get(..2)
                    .map(|code| u16::from_be_bytes([code[0], code[1]]));
                return Ok(Some(Message::Close(code)));
            }
            _ => {}
        }
        let (opcode, mut bytes) = self.fragments.take().unwrap_or((header.opcode, Vec::new()));
        bytes.extend_from_slice(&payload);
        if !header.is_final {
            self.fragments = Some((opcode, bytes));
            return Ok(None);
        }
        match opcode {
            TEXT => String::from_utf8(bytes)
                .map(|text| Some(Message::Text(text)))
                .map_err(|_| Close::not_utf8()),
            _ => Ok(Some(Message::Binary)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn masked(is_final: bool, opcode: u8, payload: &[u8]) -> Vec<u8> {
        let (mut header, length) = header(opcode, payload.len());
        header[0] = if is_final { FIN | opcode } else { opcode };
        header[1] |= MASKED;
        let mask = [1, 2, 3, 4];
        let body = payload
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask);
        header[..length].iter().copied().chain(mask).chain(body).collect()
    }

    fn check_read(bytes: &[u8], expected: &[Result<Message, u16>]) {
        let mut reader = MessageReader::new(1_000);
        reader.add(bytes);
        let mut read = Vec::new();
        loop {
            match reader.next() {
                Ok(Some(message)) => read.push(Ok(message)),
                Ok(None) => break,
                Err(close) => {
                    read.push(Err(close.code));
                    break;
                }
            }
        }
        assert_eq!(read, expected);
    }

    #[test]
    fn a_text_in_one_frame_or_in_many_is_one_message() {
        check_read(
            &masked(true, TEXT, b"hello"),
            &[Ok(Message::Text("hello".into()))],
        );
        let parts = [
            masked(false, TEXT, b"he"),
            masked(true, PING, b"!"),
            masked(true, CONTINUATION, b"llo"),
        ];
        check_read(
            &parts.concat(),
            &[
                Ok(Message::Ping(Bytes::from_static(b"!"))),
                Ok(Message::Text("hello".into())),
            ],
        );
    }

    #[test]
    fn a_close_may_have_a_code() {
        check_read(&masked(true, CLOSE, &[]), &[Ok(Message::Close(None))]);
        check_read(
            &masked(true, CLOSE, &[0x03, 0xE9, b'x']),
            &[Ok(Message::Close(Some(1001)))],
        );
    }

    #[test]
    fn a_message_is_refused_as_soon_as_its_length_is_too_much() {
        let announced = masked(true, TEXT, &vec![b'x'; 70_000]);
        check_read(&announced[..14], &[Err(1009)]);
        let parts = [
            masked(false, TEXT, &[b'x'; 600]),
            masked(true, CONTINUATION, &[b'x'; 401]),
        ]
        .concat();
        check_read(&parts, &[Err(1009)]);
    }

    #[test]
    fn what_the_rfc_forbids_is_refused() {
        let mut unmasked = masked(true, TEXT, b"x");
        unmasked[1] &= !MASKED;
        let mut compressed = masked(true, TEXT, b"x");
        compressed[0] |= 0x40;
        let broken = [
            unmasked,
            compressed,
            masked(false, PING, b""),
            masked(true, PING, &[0; 126]),
            masked(true, CONTINUATION, b"x"),
            [masked(false, TEXT, b"x"), masked(true, TEXT, b"y")].concat(),
            masked(true, 0x3, b"x"),
        ];
        broken.iter().for_each(|bytes| check_read(bytes, &[Err(1002)]));
        check_read(&masked(true, TEXT, &[0xFF]), &[Err(1007)]);
    }

    #[test]
    fn a_server_frame_announces_its_length_in_the_shortest_form() {
        for (payload, header) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let payload = vec![b'x'; payload];
            let frame = text(&payload);
            assert_eq!(frame.len(), header + payload.len());
            assert_eq!(text_with(0, |buffer| buffer.extend_from_slice(&payload)), frame);
        }
    }

    proptest! {
        #[test]
        fn a_message_is_read_however_its_bytes_are_cut(
            texts in prop::collection::vec("[a-zü]{0,300}", 1..5), cuts in prop::collection::vec(1..50usize, 1..20),
        ) {
            let bytes: Vec<u8> = texts.iter().flat_map(|text| masked(true, TEXT, text.as_bytes())).collect();
            let mut reader = MessageReader::new(1_000);
            let (mut rest, mut cuts, mut read) = (&bytes[..], cuts.iter().cycle(), Vec::new());
            while !rest.is_empty() {
                let cut = (*cuts.next().expect("it cycles")).min(rest.len());
                reader.add(&rest[..cut]);
                rest = &rest[cut..];
                while let Some(Message::Text(text)) = reader.next().expect("sound frames") {
                    read.push(text);
                }
            }
            prop_assert_eq!(read, texts);
        }

        #[test]
        fn arbitrary_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut reader = MessageReader::new(1_000);
            reader.add(&bytes);
            while let Ok(Some(_)) = reader.next() {}
        }
    }
}
