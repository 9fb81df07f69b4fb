use std::{fmt, io};

use mcap::McapError;

use super::{SkipReason, Topic};

/// Why a recording cannot be played. A sentence about the file, which goes before it.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The operating system does not give it.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// It begins with other bytes than an MCAP file.
    #[error("is not an MCAP recording")]
    NotMcap,
    /// It ends too early, or holds what makes no sense.
    #[error("is broken: {0}")]
    Broken(McapError),
    /// It has no topic of the name that was asked for.
    #[error("has no topic {wanted}; there are: {topics}")]
    UnknownTopic {
        /// The name.
        wanted: String,
        /// What there is.
        topics: TopicList,
    },
    /// The topic that was asked for holds something else than positions.
    #[error("cannot be played from topic {wanted}, {reason}; there are: {topics}")]
    UnplayableTopic {
        /// The topic's name.
        wanted: String,
        /// Why not.
        reason: String,
        /// What there is.
        topics: TopicList,
    },
    /// None of its messages gives a position.
    #[error(
        "has no message on {topic} that could be published: {refused} refused, {reason}; the first: {first}"
    )]
    AllRefused {
        /// The topic's name.
        topic: String,
        /// How many messages there are.
        refused: u64,
        /// The most frequent kind of fault.
        reason: &'static str,
        /// The first fault of that kind.
        first: SkipReason,
    },
    /// None of its topics holds positions.
    #[error(
        "has no messages of nav_msgs/msg/Odometry, geometry_msgs/msg/PoseStamped or \
         geometry_msgs/msg/PoseWithCovarianceStamped in CDR; there are: {0}"
    )]
    NothingToPlay(TopicList),
}

impl From<io::Error> for RecordingError {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

impl From<McapError> for RecordingError {
    fn from(error: McapError) -> Self {
        match error {
            McapError::Io(error) => Self::Unreadable(error),
            error => Self::Broken(error),
        }
    }
}

/// The topics of a recording in one line.
#[derive(Debug)]
pub struct TopicList(pub Vec<Topic>);

impl fmt::Display for TopicList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        for (index, topic) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{topic}")?;
        }
        Ok(())
    }
}
