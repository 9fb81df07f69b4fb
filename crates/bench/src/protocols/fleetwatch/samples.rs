//! Frames as the server encodes them.

use std::io::Write as _;

use flate2::{Compression, write::DeflateEncoder};
use serde_json::Value;

use super::{Encoding, Head};

/// Returns a message other than a batch.
pub(super) fn message(encoding: Encoding, message: &Value) -> Vec<u8> {
    let plain = if encoding.is_message_pack() {
        message_pack(message)
    } else {
        message.to_string().into_bytes()
    };
    if encoding.is_compressed() {
        deflate(&plain)
    } else {
        plain
    }
}

pub(crate) fn batch(encoding: Encoding, head: Head, events: &Value) -> Vec<u8> {
    let [own, shared] = if encoding.is_message_pack() {
        message_pack_batch(head, events)
    } else {
        json_batch(head, events)
    };
    if !encoding.is_compressed() {
        return [own, shared].concat();
    }
    let length = own.len() as u16;
    let header = [&[0][..], &length.to_le_bytes(), &(!length).to_le_bytes()].concat();
    [header, own, deflate(&shared)].concat()
}

fn json_batch(Head { tick, prev }: Head, events: &Value) -> [Vec<u8>; 2] {
    let prev = prev.map(|prev| format!(r#","prev":{prev}"#)).unwrap_or_default();
    [
        format!(r#"{{"type":"batch","ts":1732333333200,"tick":{tick}{prev}"#).into_bytes(),
        format!(r#","events":{events}}}"#).into_bytes(),
    ]
}

fn message_pack_batch(Head { tick, prev }: Head, events: &Value) -> [Vec<u8>; 2] {
    let mut own = vec![0x84 + u8::from(prev.is_some())];
    own.extend(b"\xA4type\xA5batch");
    for (name, number) in [
        ("ts", Some(1_732_333_333_200)),
        ("tick", Some(tick)),
        ("prev", prev),
    ] {
        let field = number.map(|number: u64| [message_pack(&name.into()), message_pack(&number.into())]);
        own.extend(field.into_iter().flatten().flatten());
    }
    [
        own,
        [message_pack(&"events".into()), message_pack(events)].concat(),
    ]
}

fn message_pack(value: &Value) -> Vec<u8> {
    rmp_serde::to_vec_named(value).expect("a JSON value has an encoding")
}

pub(super) fn deflate(plain: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(5));
    encoder
        .write_all(plain)
        .and_then(|()| encoder.finish())
        .expect("a vector takes all bytes")
}
