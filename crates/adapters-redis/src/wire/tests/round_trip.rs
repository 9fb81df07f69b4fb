//! Tests that a report is decoded as it was encoded.

use application::trace::TraceParent;
use domain::{
    VehicleId,
    telemetry::{ErrorCode, FrameId, MapId, Percentage, Rotation, VehicleRuntimeState},
    vehicle::VehicleStatus,
};
use proptest::prelude::*;
use uuid::Uuid;

use super::super::encode;
use super::*;

/// Encodes a report, decodes it, and compares the two.
pub(super) fn check_read_back(report: &Report) {
    let found = understood(report.channel(), &encode(report));
    assert_eq!(
        (found.vehicle_id, found.trace_parent),
        (report.vehicle_id, report.trace_parent)
    );
    match (&found.content, &report.content) {
        (
            Content::Position {
                position: found,
                speed: found_speed,
            },
            Content::Position { position, speed },
        ) => {
            let near = |a: f64, b: f64| (a - b).abs() < 1e-15;
            let (a, b) = (found.rotation, position.rotation);
            assert!(near(a.x(), b.x()) && near(a.y(), b.y()) && near(a.z(), b.z()) && near(a.w(), b.w()));
            let expected = VehiclePosition {
                rotation: a,
                ..position.clone()
            };
            assert_eq!((found, found_speed), (&expected, speed));
        }
        (
            Content::Battery {
                level: found,
                at: found_at,
            },
            Content::Battery { level, at },
        ) => {
            assert!((found.get() - level.get()).abs() < 1e-12);
            assert_eq!(found_at, at);
        }
        (found, written) => assert_eq!(found, written),
    }
}

proptest! {
    #[test]
    fn an_encoded_report_is_decoded_to_the_same(report in a_report()) {
        check_read_back(&report);
    }
}

prop_compose! {
    /// A time before 2038, the end of ROS time.
    fn a_time()(ms in prop_oneof![1..1_000_000_000_i64, 10_000_000_001..2_147_483_648_000_i64]) -> Timestamp { at(ms) }
}

prop_compose! {
    fn a_position()(
        (x, y, z) in (finite(), finite(), finite()),
        (roll, pitch, yaw) in (-3.0..3.0f64, -1.5..1.5f64, -3.0..3.0f64),
        timestamp in a_time(),
        frame in proptest::option::of("[a-zäöü\"\\\\][a-zäöü\"\\\\/]{0,99}"),
        map in proptest::option::of("[A-Z0-9 _-]{0,20}[A-Z]"),
    ) -> VehiclePosition {
        VehiclePosition {
            x, y, z, timestamp,
            rotation: Rotation::from_euler(roll, pitch, yaw).expect("finite"),
            frame_id: frame.map(|name| FrameId::new(&name).expect("a name")),
            map_id: map.map(|name| MapId::new(&name).expect("a name")),
        }
    }
}

prop_compose! {
    fn a_state()(
        speed in 0.0..100.0f64,
        battery in 0.0..=100.0f64,
        load in proptest::option::of(0.0..1e6f64),
        temperature in proptest::option::of(finite().prop_map(|celsius| celsius.max(VehicleRuntimeState::ABSOLUTE_ZERO))),
        codes in proptest::collection::btree_set("[A-Z\"\\\\ü]{1,9}", 0..5),
        status in proptest::option::of(proptest::sample::select(VehicleStatus::ALL)),
        time in a_time(),
    ) -> VehicleRuntimeState {
        VehicleRuntimeState::new(speed, battery, time)
            .and_then(|state| state.with_current_load(load))
            .and_then(|state| state.with_temperature(temperature))
            .expect("in range")
            .with_error_codes(codes.iter().map(|code| ErrorCode::new(code).expect("a code")))
            .with_status(status)
    }
}

fn a_report() -> impl Strategy<Value = Report> {
    let content = prop_oneof![
        (a_position(), proptest::option::of(0.0..1e6f64))
            .prop_map(|(position, speed)| Content::Position { position, speed }),
        a_state().prop_map(Content::State),
        (0.0..=100.0f64, a_time()).prop_map(|(level, at)| Content::Battery {
            level: Percentage::new(level).expect("in range"),
            at,
        }),
    ];
    let trace = proptest::option::of((1..=u128::MAX, 1..=u64::MAX, any::<bool>()));
    (any::<u128>(), content, trace).prop_map(|(id, content, trace)| Report {
        vehicle_id: VehicleId::from_uuid(Uuid::from_u128(id)),
        content,
        trace_parent: trace.map(|(trace_id, span_id, sampled)| TraceParent {
            trace_id,
            span_id,
            sampled,
        }),
    })
}

fn finite() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("JSON only has finite numbers", |number| number.is_finite())
}
