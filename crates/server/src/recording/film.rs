//! Builder of small recordings for tests.

use std::{
    collections::BTreeMap,
    io::Cursor,
    path::{Path, PathBuf},
};

use mcap::{WriteOptions, records::MessageHeader};
use ros2_messages::{
    cdr::{BinaryForm, ByteOrder, encode},
    messages::{
        Header, Odometry, Point, Pose, PoseStamped, PoseWithCovariance, Quaternion, Time, Twist,
        TwistWithCovariance, Vector3,
    },
};

/// The messages of a recording.
#[derive(Debug, Clone)]
pub(crate) struct Film {
    messages: Vec<Shot>,
}

#[derive(Debug, Clone)]
struct Shot {
    topic: &'static str,
    message_type: &'static str,
    encoding: &'static str,
    log_time_ms: u64,
    data: Vec<u8>,
}

/// Returns a recording without messages.
pub(crate) fn a_film() -> Film {
    Film { messages: Vec::new() }
}

/// Returns an odometry message at (x, y) with a speed of 0.5 m/s, stamped with its log time.
pub(crate) fn odometry(log_time_ms: u64, x: f64, y: f64) -> Odometry {
    let linear = Vector3 {
        x: 0.3,
        y: -0.4,
        z: 0.0,
    };
    let twist = Twist {
        linear,
        angular: Vector3::default(),
    };
    Odometry {
        header: header(log_time_ms),
        child_frame_id: "base_link".to_owned(),
        pose: PoseWithCovariance {
            pose: pose(x, y),
            covariance: [0.0; 36],
        },
        twist: Some(TwistWithCovariance {
            twist,
            covariance: [0.0; 36],
        }),
    }
}

fn header(stamp_ms: u64) -> Header {
    let sec = i32::try_from(stamp_ms / 1_000).expect("before 2038");
    let nanosec = u32::try_from(stamp_ms % 1_000 * 1_000_000).expect("less than a second");
    Header {
        stamp: Time { sec, nanosec },
        frame_id: "odom".to_owned(),
    }
}

fn pose(x: f64, y: f64) -> Pose {
    Pose {
        position: Point { x, y, z: 0.0 },
        orientation: Quaternion::default(),
    }
}

impl Film {
    /// Adds an odometry message on `/odom`.
    pub(crate) fn odometry(self, log_time_ms: u64, x: f64, y: f64) -> Self {
        self.message(
            "/odom",
            "nav_msgs/msg/Odometry",
            log_time_ms,
            &odometry(log_time_ms, x, y),
        )
    }

    /// Adds a pose on `/pose`.
    pub(crate) fn pose(self, log_time_ms: u64, x: f64, y: f64) -> Self {
        let message = PoseStamped {
            header: header(log_time_ms),
            pose: pose(x, y),
        };
        self.message("/pose", "geometry_msgs/msg/PoseStamped", log_time_ms, &message)
    }

    /// Adds a message, encoded as little-endian CDR.
    pub(crate) fn message(
        self,
        topic: &'static str,
        message_type: &'static str,
        log_time_ms: u64,
        message: &impl BinaryForm,
    ) -> Self {
        self.bytes(
            topic,
            message_type,
            "cdr",
            log_time_ms,
            encode(message, ByteOrder::LittleEndian),
        )
    }

    /// Adds a message of raw bytes.
    pub(crate) fn bytes(
        mut self,
        topic: &'static str,
        message_type: &'static str,
        encoding: &'static str,
        log_time_ms: u64,
        data: Vec<u8>,
    ) -> Self {
        self.messages.push(Shot {
            topic,
            message_type,
            encoding,
            log_time_ms,
            data,
        });
        self
    }

    /// Returns the content of the file that a recorder with these options would write.
    pub(crate) fn develop(&self, options: WriteOptions) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        let mut writer = options.create(&mut file).expect("a file in memory");
        for (sequence, shot) in self.messages.iter().enumerate() {
            let schema = writer
                .add_schema(shot.message_type, "ros2msg", b"")
                .expect("a schema");
            let channel = writer
                .add_channel(schema, shot.topic, shot.encoding, &BTreeMap::new())
                .expect("a channel");
            let time = shot.log_time_ms * 1_000_000;
            let sequence = u32::try_from(sequence).expect("a small film");
            let header = MessageHeader {
                channel_id: channel,
                sequence,
                log_time: time,
                publish_time: time,
            };
            writer
                .write_to_known_channel(&header, &shot.data)
                .expect("a message");
        }
        writer.finish().expect("a summary");
        drop(writer);
        file.into_inner()
    }

    /// Writes the recording to a directory, with the default options of the MCAP writer.
    pub(crate) fn write_to(&self, directory: &Path) -> PathBuf {
        write(directory, &self.develop(WriteOptions::new()))
    }
}

/// Writes bytes to the file `film.mcap` in a directory.
pub(crate) fn write(directory: &Path, bytes: &[u8]) -> PathBuf {
    let path = directory.join("film.mcap");
    std::fs::write(&path, bytes).expect("a temporary file");
    path
}
