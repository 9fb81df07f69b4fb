use std::{fmt, io};

use mcap::McapError;

use super::{SkipReason, Topic};

/// Error that prevents a recording from being played. The message does not contain the file's name.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The operating system can't open or read the file.
    #[error("cannot read the file: {0}")]
    Unreadable(io::Error),
    /// The file does not start with the magic bytes of MCAP.
    #[error("the file is not an MCAP recording")]
    NotMcap,
    /// The file is truncated or malformed.
    #[error("the file is corrupt: {0}")]
    Broken(McapError),
    /// The file has no topic with the requested name.
    #[error("the file has no topic {wanted}; available topics: {topics}")]
    UnknownTopic { wanted: String, topics: TopicList },
    /// The messages of the requested topic do not contain positions, or are not encoded as CDR.
    #[error("topic {wanted} cannot be played: {reason}; available topics: {topics}")]
    UnplayableTopic {
        wanted: String,
        reason: String,
        topics: TopicList,
    },
    /// None of the topic's messages could be published.
    #[error(
        "no message on {topic} can be published ({refused} rejected); most frequent fault: {reason}; \
         first error: {first}"
    )]
    AllRefused {
        topic: String,
        /// Number of rejected messages.
        refused: u64,
        /// The most frequent kind of fault.
        reason: &'static str,
        /// The first fault of that kind.
        first: SkipReason,
    },
    /// None of the topics contains positions.
    #[error(
        "the file has no messages of type nav_msgs/msg/Odometry, geometry_msgs/msg/PoseStamped or \
         geometry_msgs/msg/PoseWithCovarianceStamped in CDR; available topics: {0}"
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

/// The topics of a recording, displayed on one line.
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
