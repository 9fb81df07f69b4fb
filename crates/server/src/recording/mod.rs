//! Recordings of messages from robots: MCAP files (<https://mcap.dev/spec>) as `ros2 bag record` writes them.
//!
//! * [`Recording`]: the topics of a file, and its messages in order.
//! * [`Topic`]: a stream of messages, and whether it can be played.
//! * [`Sample`]: the position in a message.
//! * [`Player`]: publishes samples at the recording's own pace.
//!
//! A file of any size is read chunk by chunk. A file that its recorder never finished has no index and may end within a
//! record; the messages before that point are played.

mod error;
mod file;
mod player;
mod sample;
mod timeline;
mod topic;

pub use error::RecordingError;
pub use file::Recording;
pub use player::{Player, Recorded, Tally};
pub use sample::{Sample, SkipReason};
pub use timeline::{InvalidSpeed, Speed};
pub use topic::{Playable, PositionType, Topic};

#[cfg(test)]
pub(crate) mod film;
#[cfg(test)]
mod tests;
