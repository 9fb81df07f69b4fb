use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(MASKED | length as u8),
        length => {
            frame.push(MASKED | 126);
            frame.extend((length as u16).to_be_bytes());
        }
    }
    let mask = [1, 2, 3, 4];
    frame.extend(mask);
    frame.extend(
        payload
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
    frame
}

fn check_read(bytes: &[u8], expected: &[Result<Incoming, u16>]) {
    let mut reader = FrameReader::new(1_000);
    reader.add(bytes);
    let mut read = Vec::new();
    loop {
        match reader.read() {
            Ok(Some(message)) => read.push(Ok(message)),
            Ok(None) => break,
            Err(fault) => {
                assert!(fault.reason.len() <= 123, "{}", fault.reason);
                read.push(Err(fault.code));
                break;
            }
        }
    }
    assert_eq!(read, expected);
}

#[test]
fn a_text_may_arrive_in_one_frame_or_in_several() {
    check_read(
        &masked(FIN | TEXT, b"hello"),
        &[Ok(Incoming::Text("hello".into()))],
    );
    let parts = [
        masked(TEXT, b"he"),
        masked(FIN | PING, b"!"),
        masked(FIN | CONTINUATION, b"llo"),
    ];
    check_read(
        &parts.concat(),
        &[
            Ok(Incoming::Fragment),
            Ok(Incoming::Ping(Bytes::from_static(b"!"))),
            Ok(Incoming::Text("hello".into())),
        ],
    );
}

#[test]
fn empty_frames_are_reported_too() {
    let parts = [
        masked(TEXT, b""),
        masked(CONTINUATION, b""),
        masked(CONTINUATION, b""),
        masked(FIN | PONG, b""),
        masked(FIN | CONTINUATION, b""),
    ];
    check_read(
        &parts.concat(),
        &[
            Ok(Incoming::Fragment),
            Ok(Incoming::Fragment),
            Ok(Incoming::Fragment),
            Ok(Incoming::Pong),
            Ok(Incoming::Text(String::new())),
        ],
    );
}

#[rstest]
#[case(&[], Ok(None))]
#[case(&[0x03], Err(1002))]
#[case(&[0x03, 0xE8], Ok(Some(1000)))]
#[case(&[0x03, 0xE9, b'x'], Ok(Some(1001)))]
#[case(&[0x03, 0xE8, 0xFF], Err(1007))]
#[case(&[0x0F, 0xA0, 0xC3], Err(1007))]
fn a_close_may_have_a_code_and_a_reason_in_utf_8(
    #[case] payload: &[u8],
    #[case] expected: Result<Option<u16>, u16>,
) {
    check_read(&masked(FIN | CLOSE, payload), &[expected.map(Incoming::Close)]);
}

#[test]
fn only_close_codes_that_may_be_sent_are_accepted() {
    let allowed: [u16; 16] = [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
    ];
    let forbidden: [u16; 13] = [
        0,
        1,
        999,
        1004,
        1005,
        1006,
        1015,
        1016,
        1100,
        2000,
        2999,
        5000,
        u16::MAX,
    ];
    for code in allowed {
        check_read(
            &masked(FIN | CLOSE, &code.to_be_bytes()),
            &[Ok(Incoming::Close(Some(code)))],
        );
    }
    for code in forbidden {
        check_read(&masked(FIN | CLOSE, &code.to_be_bytes()), &[Err(1002)]);
    }
}

#[test]
fn an_oversized_message_is_rejected_by_its_announced_length() {
    let announced = masked(FIN | TEXT, &[b'x'; 60_000]);
    check_read(&announced[..8], &[Err(1009)]);
    let parts = [
        masked(TEXT, &[b'x'; 600]),
        masked(FIN | CONTINUATION, &[b'x'; 401])[..4].to_vec(),
    ];
    check_read(&parts.concat(), &[Ok(Incoming::Fragment), Err(1009)]);
}

#[test]
fn frames_that_the_rfc_forbids_are_rejected() {
    let mut unmasked = masked(FIN | TEXT, b"x");
    unmasked[1] &= !MASKED;
    let broken = [
        unmasked,
        masked(FIN | 0x40 | TEXT, b"x"),
        masked(FIN | 0x20 | TEXT, b"x"),
        masked(FIN | 0x10 | PING, b"x"),
        masked(PING, b""),
        masked(CLOSE, b""),
        masked(FIN | PING, &[0; 126]),
        masked(FIN | CLOSE, &[0; 126]),
        masked(FIN | CONTINUATION, b"x"),
        masked(FIN | 0x3, b"x"),
        masked(FIN | 0xB, b"x"),
        vec![FIN | TEXT, MASKED | 127, 0x80, 0, 0, 0, 0, 0, 0, 0],
    ];
    for bytes in &broken {
        check_read(bytes, &[Err(1002)]);
    }
    let interrupted = [masked(TEXT, b"x"), masked(FIN | TEXT, b"y")].concat();
    check_read(&interrupted, &[Ok(Incoming::Fragment), Err(1002)]);
    check_read(&masked(FIN | TEXT, &[0xFF]), &[Err(1007)]);
    let cut = [masked(TEXT, &[0xC3]), masked(FIN | CONTINUATION, b"x")].concat();
    check_read(&cut, &[Ok(Incoming::Fragment), Err(1007)]);
}

#[test]
fn the_memory_of_a_message_is_freed_once_it_is_read() {
    let mut reader = FrameReader::new(1_000);
    reader.add(&masked(FIN | TEXT, &[b'x'; 900]));
    assert!(matches!(reader.read(), Ok(Some(_))));
    assert_eq!(reader.read(), Ok(None));
    assert_eq!(reader.buffer.capacity(), 0);
}

proptest! {
    #[test]
    fn a_message_is_read_regardless_of_how_its_bytes_are_split(
        texts in prop::collection::vec("[a-zü]{0,300}", 1..5), cuts in prop::collection::vec(1..50usize, 1..20),
    ) {
        let bytes: Vec<u8> = texts.iter().flat_map(|text| masked(FIN | TEXT, text.as_bytes())).collect();
        let mut reader = FrameReader::new(1_000);
        let (mut rest, mut cuts, mut read) = (&bytes[..], cuts.iter().cycle(), Vec::new());
        while !rest.is_empty() {
            let cut = (*cuts.next().expect("it cycles")).min(rest.len());
            reader.add(&rest[..cut]);
            rest = &rest[cut..];
            while let Some(Incoming::Text(text)) = reader.read().expect("sound frames") {
                read.push(text);
            }
        }
        prop_assert_eq!(read, texts);
    }

    #[test]
    fn arbitrary_bytes_are_read_or_rejected(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut reader = FrameReader::new(1_000);
        reader.add(&bytes);
        while let Ok(Some(_)) = reader.read() {}
    }
}
