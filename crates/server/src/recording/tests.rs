use std::{ops::ControlFlow, path::Path};

use mcap::{Compression, WriteOptions};
use proptest::{collection::vec, prelude::*, sample::Index};
use rstest::rstest;
use tempfile::tempdir;

use super::{
    PositionType, Recording, RecordingError, Sample, SkipReason,
    film::{Film, a_film, odometry, write},
};
use domain::telemetry::Timestamp;

/// Writes bytes to a temporary file and calls `use_it` with its path.
fn with_file<T>(bytes: &[u8], use_it: impl FnOnce(&Path) -> T) -> T {
    let directory = tempdir().expect("a directory");
    use_it(&write(directory.path(), bytes))
}

fn open(bytes: &[u8]) -> Result<Recording, RecordingError> {
    with_file(bytes, Recording::open)
}

/// Returns the x of every sample of the default topic, and the result of reading.
fn read(bytes: &[u8]) -> (Vec<f64>, Result<(), RecordingError>) {
    let mut xs = Vec::new();
    let end = with_file(bytes, |path| {
        let recording = Recording::open(path)?;
        let chosen = recording.choose(None)?;
        recording.read(&chosen.topic, |_, message| {
            let sample = Sample::decode(chosen.kind, message).expect("a sample");
            xs.push(sample.position(Timestamp::EPOCH).x);
            ControlFlow::Continue(())
        })
    });
    (xs, end)
}

fn check_read(bytes: &[u8], expected: &[f64]) {
    let (xs, end) = read(bytes);
    assert_eq!(xs, expected);
    end.expect("the recording is whole");
}

/// Returns a drive of 100 samples along x, and as many poses. Every ten messages are recorded in reverse order.
fn a_drive() -> Film {
    let mut steps: Vec<u32> = (0..100).collect();
    steps.chunks_mut(10).for_each(|chunk| chunk.reverse());
    steps.iter().fold(a_film(), |film, &step| {
        let (at, x) = (1_000 + u64::from(step) * 40, f64::from(step));
        film.odometry(at, x, 0.0).pose(at + 1, -x, 0.0)
    })
}

fn whole_drive() -> Vec<f64> {
    (0..100).map(f64::from).collect()
}

#[rstest]
#[case(None)]
#[case(Some(Compression::Lz4))]
#[case(Some(Compression::Zstd))]
fn messages_are_read_in_the_order_of_their_log_times(#[case] compression: Option<Compression>) {
    // Use chunks of about five messages, whose times overlap.
    let options = WriteOptions::new()
        .chunk_size(Some(4_000))
        .compression(compression);
    check_read(&a_drive().develop(options.clone()), &whole_drive());
    check_read(
        &a_drive().develop(options.emit_summary_records(false)),
        &whole_drive(),
    );
}

#[rstest]
#[case::without_chunks(WriteOptions::new().use_chunks(false))]
#[case::without_statistics(WriteOptions::new().emit_statistics(false))]
#[case::without_an_index_of_its_chunks(WriteOptions::new().emit_chunk_indexes(false))]
#[case::without_channels_in_the_summary(WriteOptions::new().repeat_channels(false))]
fn a_recording_needs_no_complete_summary(#[case] options: WriteOptions) {
    check_read(&a_drive().develop(options), &whole_drive());
}

#[test]
fn topics_are_counted_with_and_without_a_summary() {
    for options in [
        WriteOptions::new(),
        WriteOptions::new().emit_summary_records(false),
    ] {
        let recording = open(&a_drive().develop(options)).expect("a whole recording");
        let topics: Vec<String> = recording.topics().iter().map(ToString::to_string).collect();
        assert_eq!(
            topics,
            [
                "/odom (nav_msgs/msg/Odometry × 100)",
                "/pose (geometry_msgs/msg/PoseStamped × 100)"
            ]
        );
        assert!(recording.fault().is_none());
    }
}

fn check_choice(film: &Film, wanted: Option<&str>, expected: Result<&str, &str>) {
    let recording = open(&film.develop(WriteOptions::new())).expect("a whole recording");
    let chosen = recording
        .choose(wanted)
        .map(|playable| playable.topic.name)
        .map_err(|error| error.to_string());
    assert_eq!(chosen.as_deref().map_err(String::as_str), expected);
}

#[test]
fn odometry_is_preferred_to_poses() {
    let other = odometry(1, 0.0, 0.0);
    let two = a_film().pose(1, 0.0, 0.0).odometry(1, 0.0, 0.0);
    check_choice(&two, None, Ok("/odom"));
    check_choice(&two, Some("/pose"), Ok("/pose"));
    check_choice(&a_film().pose(1, 0.0, 0.0), None, Ok("/pose"));
    let wheels_first = a_film()
        .message("/wheels", "nav_msgs/msg/Odometry", 1, &other)
        .odometry(1, 0.0, 0.0);
    check_choice(&wheels_first, None, Ok("/wheels"));
}

#[test]
fn an_unplayable_topic_is_rejected_with_a_list_of_all_topics() {
    let film = a_film()
        .odometry(1, 0.0, 0.0)
        .bytes("/scan", "sensor_msgs/msg/LaserScan", "cdr", 1, vec![0; 8])
        .bytes("/old", "nav_msgs/Odometry", "ros1", 1, vec![0; 8]);
    let list = "available topics: /odom (nav_msgs/msg/Odometry × 1), /scan (sensor_msgs/msg/LaserScan × 1), \
                /old (nav_msgs/Odometry × 1, encoded as \"ros1\")";
    check_choice(
        &film,
        Some("/tf"),
        Err(&format!("the file has no topic /tf; {list}")),
    );
    let reason = "its messages (sensor_msgs/msg/LaserScan) are not positions";
    check_choice(
        &film,
        Some("/scan"),
        Err(&format!("topic /scan cannot be played: {reason}; {list}")),
    );
    let reason = "its messages are encoded as \"ros1\", not as \"cdr\"";
    check_choice(
        &film,
        Some("/old"),
        Err(&format!("topic /old cannot be played: {reason}; {list}")),
    );
    check_choice(
        &a_film(),
        None,
        Err(
            "the file has no messages of type nav_msgs/msg/Odometry, geometry_msgs/msg/PoseStamped or \
             geometry_msgs/msg/PoseWithCovarianceStamped in CDR; available topics: none",
        ),
    );
}

#[test]
fn a_file_that_is_not_mcap_is_rejected_as_such() {
    for bytes in [&b""[..], b"\x89MCAP", b"bag #ROS V2.0 and more"] {
        let error = open(bytes).expect_err("no recording");
        assert_eq!(error.to_string(), "the file is not an MCAP recording");
    }
    let missing = Recording::open(Path::new("/nowhere/drive.mcap")).expect_err("no file");
    assert!(
        missing.to_string().starts_with("cannot read the file: "),
        "{missing}"
    );
}

#[test]
fn a_truncated_recording_is_read_up_to_the_break_and_reported() {
    let whole = a_drive().develop(WriteOptions::new().chunk_size(Some(4_000)).compression(None));
    let half = &whole[..whole.len() / 2];
    let recording = open(half).expect("half a recording");
    let fault = recording.fault().expect("it breaks off").to_string();
    assert_eq!(
        fault,
        "the file is corrupt: MCAP file ended in the middle of a record"
    );
    let (xs, end) = read(half);
    assert!((40..100).contains(&xs.len()), "{} samples", xs.len());
    assert_eq!(end.expect_err("it breaks off").to_string(), fault);
}

#[test]
fn reading_stops_when_the_callback_breaks() {
    for options in [
        WriteOptions::new(),
        WriteOptions::new().emit_summary_records(false),
    ] {
        with_file(&a_drive().develop(options), |path| {
            let recording = Recording::open(path).expect("a whole recording");
            let chosen = recording.choose(None).expect("an odometry");
            let mut taken = 0;
            let end = recording.read(&chosen.topic, |_, _| {
                taken += 1;
                if taken == 3 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            assert!(end.is_ok());
            assert_eq!(taken, 3);
        });
    }
}

#[test]
fn a_chunk_with_a_wrong_checksum_is_rejected() {
    for compression in [None, Some(Compression::Zstd), Some(Compression::Lz4)] {
        for has_index in [true, false] {
            let options = WriteOptions::new()
                .chunk_size(Some(4_000))
                .compression(compression)
                .emit_summary_records(has_index);
            let mut bytes = a_drive().develop(options);
            let (whole, end) = read(&bytes);
            assert!(end.is_ok() && !whole.is_empty());
            // The checksum of a chunk follows its opcode, length, two times and size.
            let chunk = chunk_of(&bytes);
            bytes[chunk + 9 + 24] ^= 1;
            let (xs, end) = read(&bytes);
            let fault = end.expect_err("a wrong checksum").to_string();
            assert!(fault.contains("CRC"), "{compression:?} {has_index}: {fault}");
            assert!(
                xs.len() < whole.len(),
                "{compression:?} {has_index}: {}",
                xs.len()
            );
        }
    }
}

/// Checks that the reader does not allocate as much memory as a record's length claims.
#[test]
fn a_record_with_an_enormous_length_is_rejected() {
    let mut bytes = a_drive().develop(WriteOptions::new().compression(None));
    let chunk = chunk_of(&bytes);
    // The chunk's head: times, sizes, checksum, the name of no compression, the length of the records.
    let first_record = chunk + 9 + 8 + 8 + 8 + 4 + 4 + 8;
    let length_in_tebibytes = first_record + 1 + 5;
    bytes[length_in_tebibytes] = 0x7f;
    let (_, end) = read(&bytes);
    assert!(end.is_err());
}

/// Returns the offset of the first chunk.
fn chunk_of(bytes: &[u8]) -> usize {
    let mut at = mcap::MAGIC.len();
    while bytes[at] != mcap::records::op::CHUNK {
        let length: [u8; 8] = bytes[at + 1..at + 9].try_into().expect("eight bytes");
        at += 9 + u64::from_le_bytes(length) as usize;
    }
    at
}

#[test]
fn an_invalid_message_is_rejected_individually() {
    let mut without_rotation = odometry(1, 0.0, 0.0);
    without_rotation.pose.pose.orientation.w = 0.0;
    let mut without_position = odometry(1, f64::NAN, 0.0);
    without_position.header.frame_id.clear();
    let decode = |message| {
        let bytes = ros2_messages::cdr::encode(message, ros2_messages::cdr::ByteOrder::BigEndian);
        Sample::decode(PositionType::Odometry, &bytes)
    };
    assert!(matches!(decode(&without_rotation), Err(SkipReason::Rotation(_))));
    assert_eq!(decode(&without_position), Err(SkipReason::NotFinite));
    assert!(matches!(
        Sample::decode(PositionType::Odometry, &[0, 1, 0, 0]),
        Err(SkipReason::Undecodable(_))
    ));
    let mut nanoseconds_too_large = odometry(1, 0.0, 0.0);
    nanoseconds_too_large.header.stamp.nanosec = 1_000_000_000;
    assert_eq!(decode(&nanoseconds_too_large), Err(SkipReason::Nanoseconds));
    let mut unset = odometry(1, 0.0, 0.0);
    unset.header.stamp = ros2_messages::messages::Time::default();
    unset.header.frame_id = "/odom".to_owned();
    let sample = decode(&unset).expect("a position");
    assert_eq!(sample.recorded_at(0), Ok(None));
    let frame = sample.position(domain::telemetry::Timestamp::EPOCH).frame_id;
    assert_eq!(frame.map(|frame| frame.to_string()).as_deref(), Some("odom"));
    let mut before_1970 = odometry(1, 0.0, 0.0);
    before_1970.header.stamp.sec = -1;
    let sample = decode(&before_1970).expect("a position all the same");
    assert!(matches!(sample.recorded_at(0), Err(SkipReason::Stamp(_))));
    let mut without_speed = odometry(1, 0.0, 0.0);
    without_speed.twist.as_mut().expect("a twist").twist.linear.x = f64::NAN;
    assert_eq!(
        decode(&without_speed).expect("a position all the same").speed,
        None
    );
}

fn any_options() -> impl Strategy<Value = WriteOptions> {
    let compression = prop_oneof![
        Just(None),
        Just(Some(Compression::Lz4)),
        Just(Some(Compression::Zstd))
    ];
    (compression, 500..20_000_u64, any::<bool>(), any::<bool>()).prop_map(
        |(compression, size, chunks, summary)| {
            let options = WriteOptions::new()
                .compression(compression)
                .chunk_size(Some(size));
            options.use_chunks(chunks).emit_summary_records(summary)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn all_messages_before_a_cut_are_read(options in any_options(), at: Index) {
        // The messages are in the order of their times, so a prefix of the file contains a prefix of the samples.
        let film = (0..30_u32).fold(a_film(), |film, step| film.odometry(u64::from(step), f64::from(step), 0.0));
        let whole = film.develop(options);
        let (xs, end) = read(&whole[..at.index(whole.len())]);
        prop_assert!(xs.len() == 30 || end.is_err(), "{} samples and no fault", xs.len());
        prop_assert_eq!(&xs, &(0..xs.len() as u32).map(f64::from).collect::<Vec<_>>());
    }

    #[test]
    fn a_damaged_file_is_read_or_rejected(
        options in any_options(), damages in vec((any::<Index>(), any::<u8>()), 1..20),
    ) {
        let mut bytes = a_drive().develop(options);
        for (at, byte) in damages {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        with_file(&bytes, |path| {
            let Ok(recording) = Recording::open(path) else { return };
            let Ok(chosen) = recording.choose(None) else { return };
            let mut taken = 0;
            let _ = recording.read(&chosen.topic, |_, message| {
                let _ = Sample::decode(chosen.kind, message);
                taken += 1;
                ControlFlow::Continue(())
            });
            assert!(taken <= 200, "{taken} messages of 200");
        });
    }
}
