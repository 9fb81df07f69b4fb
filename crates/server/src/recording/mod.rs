//! Recordings of robots: MCAP files (<https://mcap.dev/spec>) as `ros2 bag record` writes them.
//!
//! * [`Recording`]: what a file holds, and its messages one after the other.
//! * [`Topic`]: a stream of messages, and which of them can be played.
//! * [`Sample`]: a position out of a message.
//! * [`Player`]: samples on their way to the bus, at the recording's own pace.
//!
//! A file of any size is read chunk by chunk. One that its recorder never finished has no index and ends in the middle of
//! something; what comes before is played all the same.

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
