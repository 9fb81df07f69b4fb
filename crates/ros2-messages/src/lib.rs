//! The ROS 2 messages of a fleet as plain data, and the two forms in which they arrive.
//!
//! * [`messages`]: the messages, field by field as in the public ROS 2 definitions.
//! * [`rosbridge`]: their JSON form, as in the rosbridge protocol.
//! * [`cdr`]: their binary form, as in DDS and recordings.
//!
//! This crate is pure: it does no I/O, and checks no values. An impossible position is decoded like any other.

pub mod cdr;
mod json_numbers;
pub mod messages;
pub mod rosbridge;

pub use messages::MessageType;
