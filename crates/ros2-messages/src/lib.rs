//! The ROS 2 messages that a fleet speaks, as plain data, and the two forms in which they arrive.
//!
//! * [`messages`]: the messages themselves, field by field as the public ROS 2 definitions have them.
//! * [`rosbridge`]: their JSON form, as the rosbridge protocol writes it.
//! * [`cdr`]: their binary form, as DDS and recordings hold it.
//!
//! This crate is pure: it does no I/O, and judges no value. A position that cannot be true is decoded like any other.

pub mod cdr;
mod json_numbers;
pub mod messages;
pub mod rosbridge;

pub use messages::MessageType;
