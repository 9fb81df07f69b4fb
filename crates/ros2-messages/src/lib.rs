//! ROS 2 messages from robots as plain data, decoded from JSON and from CDR.
//!
//! * [`messages`]: the messages, field by field as in the public ROS 2 definitions.
//! * [`rosbridge`]: their JSON form, as in the rosbridge protocol.
//! * [`cdr`]: the binary form of odometry and poses, as in DDS and recordings.
//!
//! This crate does no I/O and checks no values. An impossible position is decoded like any other.

pub mod cdr;
mod json_numbers;
pub mod messages;
pub mod rosbridge;

pub use messages::MessageType;
