use std::{io::Read as _, sync::Arc};

use application::{
    Moment,
    live::{EncodedPart, LiveEvent, MessageNumbers},
};
use domain::{
    GroupId, VehicleId,
    telemetry::{ConnectionStatus, Rotation, Timestamp, VehiclePosition, VehicleRuntimeState},
    vehicle::{VehicleName, VehicleStatus, VehicleType},
};
use flate2::read::DeflateDecoder;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

const ALL: [Codec; 4] = [
    Codec::JSON,
    Codec::JSON_DEFLATE,
    Codec::MESSAGE_PACK,
    Codec::MESSAGE_PACK_DEFLATE,
];

fn id(n: u128) -> VehicleId {
    VehicleId::from_uuid(Uuid::from_u128(n))
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(ms).expect("a time")
}

fn position(x: f64, ms: i64) -> VehiclePosition {
    VehiclePosition {
        x,
        y: 2.25,
        z: 0.0,
        rotation: Rotation::IDENTITY,
        timestamp: at(ms),
        frame_id: None,
        map_id: None,
    }
}

fn state(speed: f64, ms: i64) -> VehicleRuntimeState {
    VehicleRuntimeState::new(speed, 80.0, at(ms)).expect("in range")
}

fn view(position: Option<VehiclePosition>, state: Option<VehicleRuntimeState>) -> Arc<VehicleView> {
    Arc::new(VehicleView {
        vehicle_id: id(1),
        kind: VehicleType::Agv,
        position,
        state,
        status: VehicleStatus::Moving,
        connection: ConnectionStatus::Connected,
        received_at: None,
        messages: MessageNumbers::default(),
        encoded: EncodedPart::default(),
    })
}

fn delivery(
    views: Vec<Arc<VehicleView>>,
    bases: Vec<Option<Arc<VehicleView>>>,
    prev: Option<u64>,
) -> Delivery {
    let event = LiveEvent::VehicleLeft { vehicle_id: id(2) };
    let at = Moment {
        unix_us: 1_732_333_333_200_000,
        uptime_us: 0,
    };
    Delivery {
        batch: Arc::new(Batch::new(at, vec![Arc::new(event)], views, Vec::new()).with_bases(bases)),
        number: DeliveryNumber { tick: 7, prev },
    }
}

/// Decodes a server frame as a client would.
fn decode(codec: Codec, frame: &[u8]) -> Value {
    let (opcode, payload) = match frame[1] {
        126 => (frame[0], &frame[4..]),
        127 => (frame[0], &frame[10..]),
        length => {
            assert_eq!(frame.len(), 2 + usize::from(length));
            (frame[0], &frame[2..])
        }
    };
    let is_text = codec == Codec::JSON;
    assert_eq!(opcode, if is_text { 0x81 } else { 0x82 });
    let payload = if codec.is_compressed {
        let mut plain = Vec::new();
        let mut decoder = DeflateDecoder::new(payload);
        decoder.read_to_end(&mut plain).expect("a DEFLATE stream");
        assert_eq!(decoder.total_in(), payload.len() as u64, "one stream per message");
        plain
    } else {
        payload.to_vec()
    };
    match codec.format {
        Format::Json => serde_json::from_slice(&payload).expect("JSON"),
        Format::MessagePack => rmp_serde::from_slice(&payload).expect("MessagePack"),
    }
}

fn frame(codec: Codec, delivery: &Delivery) -> Value {
    decode(codec, &codec.frame(delivery).concat())
}

#[test]
fn all_codecs_have_the_same_objects() {
    for count in [1, 20, 70_000] {
        let views = vec![view(Some(position(1.5, 10)), Some(state(0.3, 20))); count];
        for prev in [None, Some(6)] {
            let delivery = delivery(views.clone(), Vec::new(), prev);
            let [expected, ..] = ALL.map(|codec| frame(codec, &delivery));
            assert_eq!(expected["events"].as_array().map(Vec::len), Some(count + 1));
            assert_eq!((&expected["tick"], &expected["prev"]), (&json!(7), &json!(prev)));
            assert_eq!(expected["ts"], 1_732_333_333_200_u64);
            for codec in ALL {
                assert_eq!(frame(codec, &delivery), expected, "{codec:?}");
            }
        }
    }
}

#[rstest]
#[case::only_the_position(
    view(Some(position(1.0, 10)), None), view(Some(position(1.1, 20)), None),
    json!({"position": {"x": 1.1, "timestamp": 20}})
)]
#[case::only_the_state(
    view(Some(position(1.0, 10)), Some(state(0.1, 10))), view(Some(position(1.0, 10)), Some(state(0.2, 20))),
    json!({"state": {"currentSpeed": 0.2, "lastUpdateTime": 20}})
)]
#[case::a_new_state_is_whole(
    view(Some(position(1.0, 10)), None), view(Some(position(1.0, 10)), Some(state(0.2, 20))),
    json!({"state": {
        "currentSpeed": 0.2, "batteryLevel": 80.0, "currentLoad": null, "temperature": null, "errorCodes": [],
        "lastUpdateTime": 20,
    }})
)]
#[case::no_state_is_null(
    view(Some(position(1.0, 10)), Some(state(0.1, 10))), view(Some(position(1.0, 10)), None),
    json!({"state": null})
)]
fn a_delta_has_the_changed_fields_only(
    #[case] base: Arc<VehicleView>,
    #[case] view: Arc<VehicleView>,
    #[case] expected: Value,
) {
    let delivery = delivery(vec![view], vec![Some(base)], Some(6));
    for codec in ALL {
        let mut event = frame(codec, &delivery)["events"][1].take();
        let fields = event.as_object_mut().expect("an event");
        assert_eq!(fields.remove("type"), Some("positionDelta".into()));
        assert_eq!(fields.remove("vehicleId"), Some(id(1).to_string().into()));
        assert_eq!(event, expected, "{codec:?}");
    }
}

#[test]
fn a_rotation_is_sent_whole() {
    let turned = VehiclePosition {
        rotation: Rotation::from_euler(0.0, 0.0, 1.0).expect("a rotation"),
        ..position(1.0, 10)
    };
    let delivery = delivery(
        vec![view(Some(turned), None)],
        vec![Some(view(Some(position(1.0, 10)), None))],
        Some(6),
    );
    let event = frame(Codec::JSON, &delivery)["events"][1].take();
    let position = event["position"].as_object().expect("a position");
    assert_eq!(position.keys().collect::<Vec<_>>(), ["heading", "rotation"]);
    assert_eq!(
        position["rotation"].as_object().map(serde_json::Map::len),
        Some(4)
    );
}

#[test]
fn a_view_without_a_base_is_sent_in_full() {
    let (first, second) = (
        view(None, Some(state(0.1, 10))),
        view(Some(position(1.0, 20)), Some(state(0.1, 10))),
    );
    let without = delivery(vec![Arc::clone(&first)], vec![None], Some(6));
    assert_eq!(frame(Codec::JSON, &without)["events"][1]["type"], "stateUpdate");
    let first_position = delivery(vec![second], vec![Some(first)], Some(6));
    assert_eq!(
        frame(Codec::JSON, &first_position)["events"][1]["type"],
        "positionUpdate"
    );
}

#[test]
fn an_unchanged_view_is_not_sent() {
    let same = view(Some(position(1.0, 10)), Some(state(0.1, 10)));
    let reported = VehicleRuntimeState::clone(same.state.as_ref().expect("a state"))
        .with_status(Some(VehicleStatus::Moving));
    let delivery = delivery(
        vec![view(same.position.clone(), Some(reported))],
        vec![Some(same)],
        Some(6),
    );
    for codec in ALL {
        assert_eq!(
            frame(codec, &delivery)["events"].as_array().map(Vec::len),
            Some(1)
        );
    }
}

#[test]
fn exact_short_numbers_are_short_in_message_pack() {
    let bytes = |number| {
        let mut buffer = Vec::new();
        Format::MessagePack.write(&mut buffer, &number::Number(number));
        buffer.len()
    };
    assert_eq!((bytes(0.5), bytes(0.1)), (5, 9));
}

#[test]
fn shared_entries_are_written_as_the_documented_types() {
    let info = Arc::new(VehicleInfo {
        vehicle_id: id(1),
        name: VehicleName::new("a \"name\"").expect("a name"),
        kind: VehicleType::Agv,
        is_enabled: true,
        status: VehicleStatus::Idle,
        group_ids: [GroupId::from_uuid(Uuid::from_u128(2))].into(),
        encoded: EncodedPart::default(),
    });
    for format in [Format::Json, Format::MessagePack] {
        for (kind, event) in [
            ("vehicleInfo", RosterEvent::Info(Arc::clone(&info))),
            ("vehicleAdded", RosterEvent::Added(Arc::clone(&info))),
            ("vehicleUpdated", RosterEvent::Updated(Arc::clone(&info))),
        ] {
            let (mut written, mut described) = (Vec::new(), Vec::new());
            write_info(format, &mut written, kind, &info);
            format.write(&mut described, &RosterJson::from(&event));
            assert_eq!(written, described, "{kind} in {format:?}");
        }
    }
}
