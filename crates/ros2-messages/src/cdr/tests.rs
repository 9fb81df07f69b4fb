use proptest::{array::uniform32, prelude::*};
use rstest::rstest;

use super::*;
use crate::messages::{
    Covariance, Header, Odometry, Point, Pose, PoseStamped, PoseWithCovariance, PoseWithCovarianceStamped,
    Quaternion, Time, Twist, TwistWithCovariance, Vector3,
};

/// A `PoseStamped` as sent by a little-endian robot: stamp 1 s 2 ns, frame "map", position (1, 2, 0), no rotation. The
/// frame's string ends at byte 16 of the body, so the position needs no padding.
const POSE_STAMPED: &[u8] = &[
    0, 1, 0, 0, // plain CDR, little-endian
    1, 0, 0, 0, // sec
    2, 0, 0, 0, // nanosec
    4, 0, 0, 0, b'm', b'a', b'p', 0, // frame_id
    0, 0, 0, 0, 0, 0, 0xf0, 0x3f, // x
    0, 0, 0, 0, 0, 0, 0, 0x40, // y
    0, 0, 0, 0, 0, 0, 0, 0, // z
    0, 0, 0, 0, 0, 0, 0, 0, // qx
    0, 0, 0, 0, 0, 0, 0, 0, // qy
    0, 0, 0, 0, 0, 0, 0, 0, // qz
    0, 0, 0, 0, 0, 0, 0xf0, 0x3f, // qw
];

fn pose_stamped(frame_id: &str) -> PoseStamped {
    let position = Point {
        x: 1.0,
        y: 2.0,
        z: 0.0,
    };
    PoseStamped {
        header: Header {
            stamp: Time { sec: 1, nanosec: 2 },
            frame_id: frame_id.to_owned(),
        },
        pose: Pose {
            position,
            orientation: Quaternion::default(),
        },
    }
}

fn check_fault(serialized: &[u8], expected: &str) {
    let fault = decode::<PoseStamped>(serialized).expect_err("broken");
    assert_eq!(fault.to_string(), expected);
}

#[test]
fn bytes_written_by_hand_are_decoded() {
    assert_eq!(decode(POSE_STAMPED), Ok(pose_stamped("map")));
}

#[test]
fn numbers_are_aligned_to_their_size_after_the_header() {
    // "base" and its zero byte end at byte 17 of the body; seven bytes of padding follow.
    let serialized = encode(&pose_stamped("base"), ByteOrder::LittleEndian);
    assert_eq!(serialized.len(), 4 + 24 + 7 * 8);
    assert_eq!(serialized[4 + 17..4 + 24], [0; 7]);
    assert_eq!(decode(&serialized), Ok(pose_stamped("base")));
}

#[rstest]
#[case(&[], "message at byte 0 needs 4 bytes, but only 0 are left")]
#[case(&[0, 7, 0, 0, 1], "message at byte 0 has the representation 0x0007, expected plain CDR (0x0000 or 0x0001)")]
#[case(&POSE_STAMPED[..10], "header.stamp.nanosec at byte 8 needs 4 bytes, but only 2 are left")]
#[case(&POSE_STAMPED[..18], "header.frame_id at byte 16 needs 4 bytes, but only 2 are left")]
#[case(&POSE_STAMPED[..30], "pose.position.y at byte 28 needs 8 bytes, but only 2 are left")]
#[case(&POSE_STAMPED[..75], "pose.orientation.w at byte 68 needs 8 bytes, but only 7 are left")]
fn a_truncated_field_is_named(#[case] serialized: &[u8], #[case] expected: &str) {
    check_fault(serialized, expected);
}

#[rstest]
#[case([0xff, 0xff, 0xff, 0xff], "header.frame_id at byte 16 needs 4294967295 bytes, but only 60 are left")]
#[case([3, 0, 0, 0], "header.frame_id at byte 16 is not a zero-terminated string")]
fn a_string_of_an_impossible_length_is_named(#[case] length: [u8; 4], #[case] expected: &str) {
    let mut serialized = POSE_STAMPED.to_vec();
    serialized[12..16].copy_from_slice(&length);
    check_fault(&serialized, expected);
}

#[test]
fn bytes_that_are_not_utf_8_are_replaced() {
    let mut serialized = POSE_STAMPED.to_vec();
    serialized[17] = 0xff;
    assert_eq!(decode(&serialized), Ok(pose_stamped("m\u{fffd}p")));
}

#[test]
fn an_empty_string_may_have_no_bytes_at_all() {
    // Without its zero byte, the string ends at byte 12 of the body; four bytes of padding follow.
    let serialized = [&POSE_STAMPED[..12], &[0; 8], &POSE_STAMPED[20..]].concat();
    assert_eq!(decode(&serialized), Ok(pose_stamped("")));
}

#[test]
fn padding_at_the_end_is_ignored() {
    assert_eq!(decode(&[POSE_STAMPED, &[0; 3]].concat()), Ok(pose_stamped("map")));
}

#[test]
fn nan_is_decoded_unchanged() {
    let mut serialized = POSE_STAMPED.to_vec();
    serialized[20..28].copy_from_slice(&f64::NAN.to_le_bytes());
    let decoded: PoseStamped = decode(&serialized).expect("values are not checked");
    assert!(decoded.pose.position.x.is_nan());
}

fn any_number() -> impl Strategy<Value = f64> {
    use proptest::num::f64::{INFINITE, NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO | INFINITE
}

prop_compose! {
    fn any_header()(sec: i32, nanosec: u32, frame_id in "[a-zä_/]{0,12}") -> Header {
        Header { stamp: Time { sec, nanosec }, frame_id }
    }
}

prop_compose! {
    fn any_pose()(
        (x, y, z) in (any_number(), any_number(), any_number()),
        (qx, qy, qz, w) in (any_number(), any_number(), any_number(), any_number()),
    ) -> Pose {
        Pose { position: Point { x, y, z }, orientation: Quaternion { x: qx, y: qy, z: qz, w } }
    }
}

prop_compose! {
    fn any_covariance()(most in uniform32(any_number()), last in any_number()) -> Covariance {
        let mut covariance = [last; 36];
        covariance[..32].copy_from_slice(&most);
        covariance
    }
}

prop_compose! {
    fn any_odometry()(
        header in any_header(),
        child_frame_id in "[a-z_]{0,12}",
        pose in any_pose(),
        (lx, ly, lz) in (any_number(), any_number(), any_number()),
        (ax, ay, az) in (any_number(), any_number(), any_number()),
        (of_pose, of_twist) in (any_covariance(), any_covariance()),
    ) -> Odometry {
        let twist = Twist { linear: Vector3 { x: lx, y: ly, z: lz }, angular: Vector3 { x: ax, y: ay, z: az } };
        Odometry {
            header,
            child_frame_id,
            pose: PoseWithCovariance { pose, covariance: of_pose },
            twist: Some(TwistWithCovariance { twist, covariance: of_twist }),
        }
    }
}

fn any_order() -> impl Strategy<Value = ByteOrder> {
    prop_oneof![Just(ByteOrder::BigEndian), Just(ByteOrder::LittleEndian)]
}

proptest! {
    #[test]
    fn an_odometry_is_read_back(odometry in any_odometry(), order in any_order()) {
        prop_assert_eq!(decode::<Odometry>(&encode(&odometry, order)), Ok(odometry));
    }

    #[test]
    fn a_stamped_pose_is_read_back(header in any_header(), pose in any_pose(), order in any_order()) {
        let message = PoseStamped { header, pose };
        prop_assert_eq!(decode::<PoseStamped>(&encode(&message, order)), Ok(message));
    }

    #[test]
    fn a_pose_with_covariance_is_read_back(
        header in any_header(), pose in any_pose(), covariance in any_covariance(), order in any_order(),
    ) {
        let message = PoseWithCovarianceStamped { header, pose: PoseWithCovariance { pose, covariance } };
        prop_assert_eq!(decode::<PoseWithCovarianceStamped>(&encode(&message, order)), Ok(message));
    }

    #[test]
    fn a_truncated_message_is_refused(odometry in any_odometry(), order in any_order(), at in 0.0..1.0f64) {
        let serialized = encode(&odometry, order);
        let cut = &serialized[..(serialized.len() as f64 * at) as usize];
        prop_assert!(decode::<Odometry>(cut).is_err());
    }

    #[test]
    fn arbitrary_bytes_cause_no_panic(mut bytes: Vec<u8>, length: Option<u8>) {
        if let (Some(length), true) = (length, bytes.len() >= 16) {
            // A valid header and a plausible length of the string, so that decoding gets beyond them.
            bytes[..4].copy_from_slice(&[0, 1, 0, 0]);
            bytes[12..16].copy_from_slice(&u32::from(length).to_le_bytes());
        }
        let _ = decode::<Odometry>(&bytes);
        let _ = decode::<PoseStamped>(&bytes);
        let _ = decode::<PoseWithCovarianceStamped>(&bytes);
    }
}
