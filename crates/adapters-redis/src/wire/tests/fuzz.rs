//! Fuzz tests of messages from robots.

use fuzzing::{Seeds, any_json_text, fuzz, mutated, mutated_text};
use proptest::prelude::*;

use super::{super::encode, *};

/// Names of the fields of a message.
const NAMES: &[&str] = &[
    "vehicleId",
    "x",
    "y",
    "z",
    "qx",
    "qy",
    "qz",
    "qw",
    "roll",
    "pitch",
    "yaw",
    "heading",
    "timestamp",
    "frame_id",
    "map_id",
    "traceparent",
    "type",
    "msg",
    "header",
    "stamp",
    "sec",
    "nanosec",
    "pose",
    "position",
    "orientation",
    "twist",
    "linear",
    "covariance",
    "percentage",
    "currentSpeed",
    "batteryLevel",
    "currentLoad",
    "temperature",
    "errorCodes",
    "status",
    "lastUpdateTime",
];

fn position_seeds() -> Vec<String> {
    let fields = plain_position_fields();
    let pose = format!(r#"{{"pose":{POSE}{}}}"#, covariance());
    let twist = r#","twist":{"twist":{"linear":{"x":3,"y":4,"z":0},"angular":{"x":0,"y":0,"z":0}}}"#;
    let odometry = ros("nav_msgs/msg/Odometry", &format!("{pose}{twist}"));
    let mut seeds = vec![
        object(&fields),
        with_field(&fields, r#""qx":0,"qy":0,"qz":0.1,"qw":0.995"#),
        with_field(&fields, r#""roll":0,"pitch":0.1,"yaw":-3.1"#),
        with_field(
            &fields,
            r#""frame_id":"map","map_id":"floor-1","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01""#,
        ),
        odometry,
        ros("geometry_msgs/PoseStamped", POSE),
        ros("geometry_msgs/msg/PoseWithCovarianceStamped", &pose),
    ];
    seeds.push(format!("[{}]", seeds.join(" ,\n")));
    seeds
}

fn state_seeds() -> Vec<String> {
    let whole = format!(
        r#"{{"vehicleId":"{ID}","currentSpeed":0.4,"batteryLevel":87.5,"currentLoad":0,"temperature":31.2,"errorCodes":["E1","\u00fc"],"status":"MOVING","lastUpdateTime":1732333333123}}"#
    );
    let least = format!(
        r#"{{"vehicleId":"{ID}","currentSpeed":0,"batteryLevel":0,"lastUpdateTime":1732333333123.0}}"#
    );
    let battery = battery("sensor_msgs/msg/BatteryState", "0.87");
    let all = format!("[{whole},{least},{battery}]");
    vec![whole, least, battery, all]
}

/// Decodes a message and checks the parts that are accepted.
fn check(channel: Channel, bytes: &[u8]) {
    let payload = Bytes::copy_from_slice(bytes);
    let inbound = decode(channel, payload.clone(), NOW, 64 * MAX_BYTES);
    assert!(
        inbound.items.len() <= 1_000.max(bytes.len() / 64),
        "{}",
        inbound.items.len()
    );
    for item in &inbound.items {
        let (whole, part) = (payload.as_ptr_range(), item.source.as_ptr_range());
        assert!(part.is_empty() || (whole.start <= part.start && part.end <= whole.end));
        match &item.report {
            Ok(report) => check_good(channel, report),
            Err(rejection) => assert!(rejection.detail.len() <= 1_024, "{}", rejection.detail.len()),
        }
    }
}

fn check_good(channel: Channel, report: &Report) {
    assert_eq!(report.channel(), channel);
    match &report.content {
        Content::Position { position, speed } => {
            let VehiclePosition {
                x, y, z, rotation, ..
            } = position;
            let norm = [rotation.x(), rotation.y(), rotation.z(), rotation.w()].map(|part| part * part);
            assert!(
                [x, y, z].into_iter().all(|number| number.is_finite()),
                "{report:?}"
            );
            assert!((norm.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{report:?}");
            assert!((0.0..360.0).contains(&rotation.heading()), "{report:?}");
            assert!(
                speed.is_none_or(|speed| speed.is_finite() && speed >= 0.0),
                "{report:?}"
            );
        }
        Content::State(state) => {
            assert!((0.0..=100.0).contains(&state.battery_level().get()), "{report:?}");
            assert!(
                state.current_speed().is_finite() && state.current_speed() >= 0.0,
                "{report:?}"
            );
        }
        Content::Battery { level, .. } => assert!((0.0..=100.0).contains(&level.get()), "{report:?}"),
    }
    round_trip::check_read_back(report);
    assert!(encode(report).len() < 64 * MAX_BYTES);
}

#[test]
fn fuzz_positions_are_decoded_or_rejected() {
    let cases = mutated(Seeds::of(position_seeds()).with_words(NAMES));
    fuzz("positions", cases, |bytes| check(Channel::Position, &bytes));
}

#[test]
fn fuzz_states_are_decoded_or_rejected() {
    let cases = mutated(Seeds::of(state_seeds()).with_words(NAMES));
    fuzz("states", cases, |bytes| check(Channel::State, &bytes));
}

#[test]
fn fuzz_any_json_is_decoded_or_rejected() {
    fuzz("robots' JSON", any_json_text(NAMES), |text| {
        check(Channel::Position, text.as_bytes());
        check(Channel::State, text.as_bytes());
        check(Channel::State, format!("[{text},{text}]").as_bytes());
    });
}

#[test]
fn fuzz_any_bytes_are_decoded_or_rejected() {
    let cases = prop::collection::vec(any::<u8>(), 0..400);
    fuzz("robots' bytes", cases, |bytes| {
        check(Channel::Position, &bytes);
        check(Channel::State, &bytes);
    });
}

#[test]
fn fuzz_an_element_never_affects_the_one_before_it() {
    let good = object(&plain_position_fields());
    let cases = mutated(Seeds::of(position_seeds()).with_words(NAMES));
    fuzz("an element beside others", cases, |spoiled| {
        let mut text = format!("[{good},").into_bytes();
        text.extend(&spoiled);
        text.extend(format!(",{good}]").bytes());
        let found = decode(Channel::Position, text.into(), NOW, usize::MAX).items;
        assert!(found[0].report.is_ok());
        // If the element leaves no string and no bracket open, the next one is accepted as well.
        let is_whole = std::str::from_utf8(&spoiled)
            .is_ok_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok());
        if is_whole && found.len() <= 1_000 {
            assert!(found.last().is_some_and(|item| item.report.is_ok()));
        }
    });
}

#[test]
fn fuzz_bare_tokens_count_as_null() {
    let cases = mutated_text(Seeds::of(position_seeds()).with_words(["null", "NaN", "Infinity"]));
    fuzz("bare tokens", cases, |text| {
        for &channel in Channel::ALL {
            let verdicts = |text: &str| -> Vec<_> {
                let reports = items(channel, text.as_bytes())
                    .into_iter()
                    .map(|item| item.report);
                reports
                    .map(|report| report.map_err(|fault| fault.reason))
                    .collect()
            };
            let bare = text.replace(":null", ":NaN");
            if serde_json::from_str::<serde_json::Value>(&text).is_ok() && !text.contains("\":null") {
                assert_eq!(verdicts(&bare), verdicts(&text));
            }
        }
    });
}
