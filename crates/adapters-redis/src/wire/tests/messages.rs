//! Tests of whole messages: arrays, lengths and encodings.

use application::telemetry::OptionalField;
use proptest::prelude::*;
use rstest::rstest;

use super::*;

#[rstest]
#[case("", Reason::NotJson, "the message is not valid JSON: EOF")]
#[case("hello", Reason::NotJson, "the message is not valid JSON: expected value")]
#[case("{", Reason::NotJson, "the message is not valid JSON: EOF")]
#[case("{}x", Reason::NotJson, "the message is not valid JSON: trailing characters")]
#[case("[", Reason::NotJson, "the array is truncated, or its brackets do not match")]
#[case("[{", Reason::NotJson, "the array is truncated, or its brackets do not match")]
#[case(
    "\u{feff}{}",
    Reason::NotJson,
    "the message is not valid JSON: expected value"
)]
#[case("42", Reason::InvalidField, "the message must be an object, not a number")]
#[case(
    "\"text\"",
    Reason::InvalidField,
    "the message must be an object, not a string"
)]
#[case("null", Reason::InvalidField, "the message must be an object, not null")]
#[case("{}", Reason::InvalidField, "vehicleId is missing")]
#[case(
    r#"{"x":1,"x":2}"#,
    Reason::InvalidField,
    "the message is malformed: duplicate field `x`"
)]
fn a_message_is_refused_for(#[case] text: &str, #[case] reason: Reason, #[case] detail: &str) {
    check_rejected(Channel::Position, text, reason, detail);
}

#[test]
fn a_message_that_is_too_long_is_not_decoded() {
    let fits = format!("{{}}{}", " ".repeat(MAX_BYTES - 2));
    check_rejected(
        Channel::Position,
        &fits,
        Reason::InvalidField,
        "vehicleId is missing",
    );
    let too_long = format!("{fits} ");
    check_rejected(
        Channel::Position,
        &too_long,
        Reason::TooLarge,
        "the message has 1025 bytes; the limit is 1024",
    );
}

#[test]
fn bytes_that_are_not_utf8_are_rejected() {
    let [item] = &items(Channel::State, b"{\"vehicleId\":\"\xff\"}")[..] else {
        panic!("one item")
    };
    assert_eq!(rejection(item).reason, Reason::InvalidUtf8);
    assert_eq!(&item.source[..], b"{\"vehicleId\":\"\xff\"}");
}

/// Returns a message with the byte 0xFF for every `#`.
fn spoiled(json: &str) -> Vec<u8> {
    json.bytes()
        .map(|byte| if byte == b'#' { 0xff } else { byte })
        .collect()
}

#[test]
fn invalid_utf8_only_invalidates_its_field() {
    let plain = |field: &str| {
        format!(r#"{{"vehicleId":"{ID}","x":1,"y":2,"z":3,"heading":0,"timestamp":5,{field}}}"#)
    };
    let ros = |msg: &str| {
        format!(
            r#"{{"vehicleId":"{ID}","type":"nav_msgs/msg/Odometry","msg":{{{HEADER},{msg},"pose":{{"pose":{POSE}}}}}}}"#
        )
    };
    let state = |field: &str| {
        format!(r#"{{"vehicleId":"{ID}","currentSpeed":0,"batteryLevel":1,"lastUpdateTime":5,{field}}}"#)
    };
    let frame = ros(r#""child_frame_id":"""#).replace("\"odom\"", "\"o#m\"");
    for (channel, json, dropped) in [
        (Channel::Position, plain(r#""note":"caf#""#), &[][..]),
        (Channel::Position, plain(r#""caf#":1"#), &[]),
        (Channel::Position, plain(r#""frame_id":"m#p""#), &["frame_id"]),
        (Channel::Position, plain(r##""map_id":"#""##), &["map_id"]),
        (
            Channel::Position,
            plain(r##""traceparent":"#""##),
            &["traceparent"],
        ),
        (Channel::Position, ros(r#""child_frame_id":"b#""#), &[]),
        (
            Channel::Position,
            ros(r#""child_frame_id":"b#","twist":"x""#),
            &["twist"],
        ),
        (Channel::Position, frame, &["frame_id"]),
        (
            Channel::State,
            state(r##""errorCodes":["E1","#"]"##),
            &["errorCodes"],
        ),
        (Channel::State, state(r##""status":"#""##), &["status"]),
    ] {
        let [item] = &items(channel, &spoiled(&json))[..] else {
            panic!("one item")
        };
        assert!(item.report.is_ok(), "{json}: {:?}", item.report);
        assert_eq!(item.source, spoiled(&json));
        let found: Vec<_> = item.dropped.iter().map(OptionalField::as_str).collect();
        assert_eq!(found, dropped, "{json}");
    }
    let codes = items(Channel::State, &spoiled(&state(r##""errorCodes":["E1","#"]"##)));
    let Ok(Content::State(found)) = codes[0].report.as_ref().map(|report| &report.content) else {
        panic!("a state")
    };
    assert_eq!(found.error_codes().len(), 1);
}

#[test]
fn invalid_utf8_in_a_required_field_rejects_the_message() {
    let known = Some(ID.parse().expect("an id"));
    for (json, vehicle) in [
        (
            format!(r#"{{"vehicleId":"{ID}","type":"nav_msgs/msg/Odo#","msg":{{}}}}"#),
            known,
        ),
        (format!(r##"{{"vehicleId":"{ID}#"}}"##), None),
        (format!(r##"{{"vehicleId":"{ID}","x":1#}}"##), None),
        ("#".to_owned(), None),
        ("\"#\"".to_owned(), None),
    ] {
        let [item] = &items(Channel::Position, &spoiled(&json))[..] else {
            panic!("one item")
        };
        assert_eq!(rejection(item).reason, Reason::InvalidUtf8, "{json}");
        assert_eq!(item.vehicle_id, vehicle, "{json}");
    }
    // A fault of another kind takes precedence.
    let json = format!(r##"{{"vehicleId":"{ID}","note":"#","x":"a"}}"##);
    let [item] = &items(Channel::Position, &spoiled(&json))[..] else {
        panic!("one item")
    };
    assert_eq!(rejection(item).reason, Reason::InvalidField);
}

#[rstest]
#[case("[G,G}", 2)]
#[case("[G},G]", 1)]
#[case("[G,G", 2)]
#[case("[G,G]}", 2)]
#[case("[G,{\"a\":1]", 1)]
fn elements_before_a_break_are_accepted(#[case] form: &str, #[case] expected: usize) {
    let json = form.replace('G', &object(&plain_position_fields()));
    let items = items(Channel::Position, json.as_bytes());
    let good = items.iter().take_while(|item| item.report.is_ok()).count();
    assert_eq!(good, expected);
    let [last] = &items[good..] else {
        panic!("one fault, not {}", items.len() - good)
    };
    assert_eq!(rejection(last).reason, Reason::NotJson);
}

#[test]
fn each_element_of_an_array_is_judged_independently() {
    let good = object(&plain_position_fields());
    let json = format!(" [ {good} , 7, [{good}],{{}}, null,\n{good}]");
    let items = items(Channel::Position, json.as_bytes());
    let verdicts: Vec<_> = items
        .iter()
        .map(|item| item.report.as_ref().map_err(|fault| &*fault.detail))
        .collect();
    assert!(verdicts[0].is_ok() && verdicts[5].is_ok());
    assert_eq!(
        verdicts[1..5]
            .iter()
            .map(|verdict| verdict.expect_err("a fault"))
            .collect::<Vec<_>>(),
        [
            "the message must be an object, not a number",
            "the message must be an object, not an array",
            "vehicleId is missing",
            "the message must be an object, not null",
        ]
    );
    let sources: Vec<_> = items.iter().map(|item| &item.source[..]).collect();
    assert_eq!(
        sources,
        [&*good, "7", &*format!("[{good}]"), "{}", "null", &*good].map(str::as_bytes)
    );
}

#[test]
fn a_faulty_element_does_not_affect_its_neighbours() {
    let good = object(&plain_position_fields());
    for spoiled in [
        "NaN",
        "{\"x\":}",
        "tru",
        "",
        "{\"a\":1}}",
        "\u{0}",
        "{\"a\":\"\n\"}",
        "1 2",
    ] {
        let before = items(Channel::Position, format!("[{good},{spoiled}]").as_bytes());
        assert!(before[0].report.is_ok(), "{spoiled:?}");
        assert!(
            before[1..].iter().all(|item| item.report.is_err()) && before.len() > 1,
            "{spoiled:?}"
        );
        let after = items(Channel::Position, format!("[{spoiled},{good}]").as_bytes());
        let is_closed_too_often = spoiled.ends_with("}}");
        assert_eq!(
            after.last().expect("an item").report.is_ok(),
            !is_closed_too_often,
            "{spoiled:?}"
        );
    }
    let cut = format!("[{good},{good},{}", &good[..20]);
    let verdicts: Vec<_> = items(Channel::Position, cut.as_bytes())
        .iter()
        .map(|item| item.report.is_ok())
        .collect();
    assert_eq!(verdicts, [true, true, false]);
}

#[test]
fn an_element_with_invalid_utf8_does_not_affect_its_neighbours() {
    let good = object(&plain_position_fields());
    let mut bytes = format!("[{good},\"#\",{good}]").into_bytes();
    let odd = bytes.iter().position(|byte| *byte == b'#').expect("it is there");
    bytes[odd] = 0xff;
    let reasons: Vec<_> = items(Channel::Position, &bytes)
        .iter()
        .map(|item| item.report.as_ref().err().map(|fault| fault.reason))
        .collect();
    assert_eq!(reasons, [None, Some(Reason::InvalidUtf8), None]);
}

#[rstest]
#[case::no_vehicle(r#""x":1"#)]
#[case::a_missing_field(r#""vehicleId":"0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70","x":1"#)]
#[case::a_wrong_type(r#""vehicleId":"0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70","x":"1""#)]
#[case::a_bare_token(r#""vehicleId":"0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70","x":NaN"#)]
#[case::an_unsupported_type(
    r#""vehicleId":"0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70","type":"a_msgs/msg/B","msg":{}"#
)]
#[case::a_repeated_field(r#""x":1,"x":2"#)]
fn a_rejected_object_keeps_its_trace(#[case] fields: &str) {
    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let traced = format!(r#"{{{fields},"traceparent":"{TRACE}"}}"#);
    let untraced = format!("{{{fields}}}");
    let both = format!("[{traced},{untraced}]");
    for channel in [Channel::Position, Channel::State] {
        let traces: Vec<_> = items(channel, both.as_bytes())
            .iter()
            .map(|item| {
                rejection(item);
                item.rejected_trace.map(|trace| trace.to_string())
            })
            .collect();
        assert_eq!(traces, [Some(TRACE.to_owned()), None], "{both}");
    }
}

#[test]
fn the_trace_of_text_that_is_not_json_is_unknown() {
    let [item] = &items(Channel::Position, br#"{"traceparent":"00-1""#)[..] else {
        panic!("one item")
    };
    assert_eq!(
        (rejection(item).reason, item.rejected_trace),
        (Reason::NotJson, None)
    );
}

#[test]
fn an_empty_array_has_no_items() {
    assert!(items(Channel::Position, b" [ ] ").is_empty());
}

#[test]
fn an_array_of_tiny_elements_is_cut_off_after_a_thousand() {
    let json = format!("[0{}]", ",0".repeat(20_000));
    let inbound = decode(Channel::Position, json.into(), NOW, usize::MAX);
    assert_eq!(inbound.items.len(), 1_001);
    let last = inbound.items.last().expect("an item");
    assert_eq!(
        rejection(last).detail,
        "the array has more than 1000 elements, too many for its size"
    );
}

#[test]
fn a_decoded_message_has_its_channel_and_time_of_arrival() {
    let inbound = decode(Channel::State, Bytes::from_static(b"[]"), NOW, MAX_BYTES);
    assert_eq!((inbound.channel, inbound.received_at), (Channel::State, NOW));
}

proptest! {
    #[test]
    fn arbitrary_bytes_cause_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        items(Channel::Position, &bytes);
        items(Channel::State, &bytes);
    }

    #[test]
    fn arbitrary_text_of_json_characters_causes_no_panic(text in r#"[\[\]{}",:0-9eE.+\-a-z\\ ]{0,80}"#) {
        items(Channel::Position, text.as_bytes());
        items(Channel::State, text.as_bytes());
    }

    #[test]
    fn arbitrary_field_values_cause_no_panic(value in r#"(-?[0-9]{1,400}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,5})?)|"([a-z]|\\[nu"\\]){0,9}"|\[\]|\{\}|null|true"#) {
        for name in ["vehicleId", "x", "qx", "timestamp", "frame_id", "traceparent", "msg", "type"] {
            items(Channel::Position, with_field(&plain_position_fields(), &format!(r#""{name}":{value}"#)).as_bytes());
        }
    }
}
