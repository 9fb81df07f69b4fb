//! Fuzz tests of client frames and messages.

use fuzzing::{Seeds, any_json_text, fuzz, mutated, mutated_text};
use http_edge::websocket::{FrameReader, Incoming};
use proptest::{collection::vec, prelude::*};

use crate::{
    codec::Codec,
    frames::{Opcode, message},
    protocol::{Answer, Command, Request, RequestFault},
};

const MAX_BYTES: usize = 1_000;

/// Well-formed client messages.
const MESSAGES: &[&str] = &[
    r#"{"type":"subscribeVehicle","vehicleId":"0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70","id":1}"#,
    r#"{"type":"unsubscribeVehicle","vehicleId":"0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70"}"#,
    r#"{"type":"subscribeAll","filter":{},"id":"a"}"#,
    r#"{"type":"subscribeAll","filter":{"statuses":["MOVING"],"moving":true,"bbox":[0,0,1,1]}}"#,
    r#"{"type":"unsubscribeAll"}"#,
    r#"{"type":"subscribeType","vehicleType":"AMR"}"#,
    r#"{"type":"unsubscribeType","vehicleType":"FORKLIFT"}"#,
    r#"{"type":"subscribeRegistry","id":2}"#,
    r#"{"type":"unsubscribeRegistry"}"#,
    r#"{"type":"subscribeGroup","groupId":"0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70","filter":{"mapId":"a"}}"#,
    r#"{"type":"configure","intervalMs":100,"mode":"delta"}"#,
    r#"{"type":"auth","token":"a.b.c","id":9223372036854775807}"#,
    r#"{"type":"ping","id":-1}"#,
];

const NAMES: &[&str] = &[
    "type",
    "id",
    "vehicleId",
    "vehicleType",
    "filter",
    "intervalMs",
    "mode",
    "token",
    "subscribeAll",
    "subscribeType",
    "subscribeRegistry",
    "configure",
    "auth",
    "delta",
    "AGV",
];

/// Builds a client frame with this first byte: a server frame with a mask.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = message(Opcode::Text, payload).to_vec();
    let header = frame.len() - payload.len();
    let mask = [0x5A, 0, 0xFF, 7];
    frame[0] = first;
    frame[1] |= 0x80;
    for (byte, mask) in frame[header..].iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
    frame.splice(header..header, mask);
    frame
}

/// Sequences of frames: whole and fragmented texts, control frames, and a message that is too large.
fn frames() -> Seeds {
    let [whole, long] = [&b"hello"[..], &[b'x'; 300]].map(|payload| frame(0x81, payload));
    let parts = [
        frame(0x01, b"he"),
        frame(0x89, b"!"),
        frame(0x00, "l\u{fc}".as_bytes()),
        frame(0x80, b"o"),
    ];
    let control = [
        frame(0x8A, b""),
        frame(0x89, &[0; 125]),
        frame(0x82, &[0xFF; 126]),
        frame(0x88, &[3, 0xE8]),
    ];
    let too_big = frame(0x81, &[b'x'; MAX_BYTES + 1]);
    let words: [&[u8]; 6] = [
        &[0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        &[0x81, 0xFE, 0xFF, 0xFF],
        &[0x00, 0x80],
        &[0x80, 0x80],
        &[0xC1, 0x80],
        &[0x89, 0xFE],
    ];
    Seeds::of([
        whole.clone(),
        long.clone(),
        parts.concat(),
        control.concat(),
        too_big,
    ])
    .with_words(words)
    .with_words([whole, long])
}

/// Reads bytes that arrive in pieces. Returns the messages, and the close code of the fault, if there is one.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Incoming>, Option<u16>) {
    let (mut reader, mut messages) = (FrameReader::new(MAX_BYTES), Vec::new());
    for piece in pieces {
        reader.add(piece);
        loop {
            match reader.read() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(fault) => {
                    assert!(fault.reason.len() <= 123, "{}", fault.reason);
                    return (messages, Some(fault.code));
                }
            }
        }
    }
    (messages, None)
}

fn check_frames((bytes, cuts): (Vec<u8>, Vec<usize>)) {
    let whole = read([&bytes[..]]);
    for message in &whole.0 {
        match message {
            Incoming::Text(text) => assert!(text.len() <= MAX_BYTES),
            Incoming::Ping(payload) => assert!(payload.len() <= 125),
            Incoming::Binary(bytes) => assert!(bytes.len() <= MAX_BYTES),
            Incoming::Fragment | Incoming::Pong | Incoming::Close(_) => {}
        }
    }
    assert!(
        matches!(whole.1, None | Some(1002 | 1007 | 1009)),
        "{:?}",
        whole.1
    );
    let (mut pieces, mut rest, mut cuts) = (Vec::new(), &bytes[..], cuts.iter().cycle());
    while !rest.is_empty() {
        let (piece, later) = rest.split_at(rest.len().min(*cuts.next().expect("it cycles")));
        pieces.push(piece);
        rest = later;
    }
    assert_eq!(
        read(pieces),
        whole,
        "the result does not depend on how bytes arrive"
    );
}

fn cuts() -> impl Strategy<Value = Vec<usize>> {
    vec(1..50_usize, 1..10)
}

#[test]
fn fuzz_frames_are_read_or_rejected() {
    fuzz("frames", (mutated(frames()), cuts()), check_frames);
}

#[test]
fn fuzz_any_bytes_are_read_or_rejected() {
    fuzz(
        "bytes on a socket",
        (vec(any::<u8>(), 0..400), cuts()),
        check_frames,
    );
}

#[test]
fn fuzz_any_message_is_read_unchanged() {
    let cases = (vec("\\PC{0,200}", 1..5), cuts());
    fuzz(
        "whole messages",
        cases,
        |(texts, cuts): (Vec<String>, Vec<usize>)| {
            let bytes: Vec<u8> = texts
                .iter()
                .flat_map(|text| frame(0x81, text.as_bytes()))
                .collect();
            let expected: Vec<Incoming> = texts.into_iter().map(Incoming::Text).collect();
            assert_eq!(read([&bytes[..]]), (expected, None));
            check_frames((bytes, cuts));
        },
    );
}

/// Checks the answer to a message of `bytes` bytes.
fn check_request(request: Result<Request, RequestFault>, bytes: usize) {
    let (id, answer) = match request {
        Ok(Request { id, command }) => {
            if let Command::Configure {
                interval: Some(interval),
                ..
            } = &command
            {
                assert!(interval.as_millis() <= 10_000, "{interval:?}");
            }
            (id.clone(), Answer::Pong { id, server_time: 0 })
        }
        Err(RequestFault { id, code, message }) => (id.clone(), Answer::Error { id, code, message }),
    };
    let is_whole = |id: &serde_json::Value| id.as_f64().is_some_and(|number| number.fract() == 0.0);
    assert!(
        id.as_ref().is_none_or(|id| id.is_string() || is_whole(id)),
        "{id:?}"
    );
    // An answer must not be much longer than its message.
    let frame = Codec::JSON.answer(&answer);
    assert!(
        frame.len() <= bytes * 6 + 512,
        "{} bytes for {bytes}",
        frame.len()
    );
}

#[test]
fn fuzz_messages_are_parsed_or_rejected() {
    let cases = mutated_text(Seeds::of(MESSAGES).with_words(NAMES));
    fuzz("clients' messages", cases, |text| {
        check_request(Request::parse(&text), text.len())
    });
}

#[test]
fn fuzz_any_json_is_parsed_or_rejected() {
    fuzz("clients' JSON", any_json_text(NAMES), |text| {
        check_request(Request::parse(&text), text.len());
    });
}

#[test]
fn fuzz_message_pack_is_parsed_or_rejected() {
    let packed = MESSAGES.iter().map(|text| {
        let message: serde_json::Value = serde_json::from_str(text).expect("a well-formed message");
        rmp_serde::to_vec(&message).expect("MessagePack")
    });
    let words: [&[u8]; 8] = [
        b"\xDF\xFF\xFF\xFF\xFF",
        b"\xDD\xFF\xFF\xFF\xFF",
        b"\xDB\xFF\xFF\xFF\xFF",
        b"\x8F",
        b"\x9F",
        b"\xC7",
        b"\xCB",
        b"\xC0",
    ];
    let cases = mutated(Seeds::of(packed).with_words(words));
    fuzz("clients' MessagePack", cases, |bytes| {
        check_request(Request::parse_message_pack(&bytes), bytes.len());
    });
}
