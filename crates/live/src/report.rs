//! Decoded messages from robots, and the reasons why they are rejected.

use std::fmt;

use domain::{
    VehicleId, named_enum,
    telemetry::{Implausible, Percentage, Timestamp, VehiclePosition, VehicleRuntimeState},
};

use crate::trace::TraceParent;

named_enum! {
    /// Channel of a message; the name is used in Redis, in metrics and in dead letters.
    Channel {
        /// Channel of positions.
        Position = "vehicle:position:update",
        /// Channel of states.
        State = "vehicle:state:update",
    }
}

/// A decoded message from a robot.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Id of the vehicle.
    pub vehicle_id: VehicleId,
    /// Content of the message.
    pub content: Content,
    /// The span that the robot reported for the message.
    pub trace_parent: Option<TraceParent>,
}

impl Report {
    /// Returns the channel of the report.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        match self.content {
            Content::Position { .. } => Channel::Position,
            Content::State(_) | Content::Battery { .. } => Channel::State,
        }
    }
}

/// Content of a [`Report`].
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A position and, if it comes from odometry, the speed.
    Position {
        /// The position.
        position: VehiclePosition,
        /// Speed in m/s, at least 0. It updates an existing, older state.
        speed: Option<f64>,
    },
    /// A complete state.
    State(VehicleRuntimeState),
    /// A battery level; the other fields of the state keep their last values.
    Battery {
        /// Charge of the battery.
        level: Percentage,
        /// The robot's timestamp.
        at: Timestamp,
    },
}

/// Reason why a message, or one element of it, is rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Kind of fault, which is also the label of a metric.
    pub reason: Reason,
    /// Description of the fault for logs.
    pub detail: String,
}

impl Rejection {
    /// Creates a rejection with a description.
    pub fn new(reason: Reason, detail: impl fmt::Display) -> Self {
        Self {
            reason,
            detail: detail.to_string(),
        }
    }
}

impl From<Implausible> for Rejection {
    fn from(implausible: Implausible) -> Self {
        let reason = match implausible {
            Implausible::OutOfBounds => Reason::OutOfBounds,
            Implausible::InFuture { .. } => Reason::InFuture,
            Implausible::OutOfOrder { .. } => Reason::OutOfOrder,
            Implausible::Jump { .. } => Reason::Jump,
        };
        Self::new(reason, implausible)
    }
}

named_enum! {
    /// Kind of fault in a message, named as in metrics and dead letters.
    Reason {
        /// The message has more bytes than `LIVE__MAX_MESSAGE_BYTES`.
        TooLarge = "too_large",
        /// The message is not UTF-8.
        InvalidUtf8 = "invalid_utf8",
        /// The message is not JSON.
        NotJson = "not_json",
        /// A field is missing, has the wrong type, or is out of range.
        InvalidField = "invalid_field",
        /// A required value is unknown (`NaN`, `Infinity`, `null`), or a number is too large, such as 1e999.
        NotFinite = "not_finite",
        /// The ROS 2 message type is unknown, or is not supported on this channel.
        UnsupportedType = "unsupported_type",
        /// The norm of a quaternion is too far from 1. It is 0 if the sender did not set the quaternion.
        InvalidRotation = "invalid_rotation",
        /// The position is outside `LIVE__BOUNDS`.
        OutOfBounds = "out_of_bounds",
        /// A timestamp is probably in seconds, microseconds or nanoseconds instead of milliseconds.
        TimestampUnit = "timestamp_unit",
        /// The timestamp is too far ahead of the server's clock.
        InFuture = "in_future",
        /// The timestamp is older than the newest accepted one.
        OutOfOrder = "out_of_order",
        /// The position is farther from the last one than the vehicle could have driven.
        Jump = "jump",
        /// No vehicle with this id is registered.
        UnknownVehicle = "unknown_vehicle",
        /// The vehicle is disabled.
        DisabledVehicle = "disabled_vehicle",
        /// The vehicle was deleted.
        DeletedVehicle = "deleted_vehicle",
        /// The vehicle sends more messages than `LIVE__MAX_MESSAGES_PER_VEHICLE_PER_S` allows. In most cases, a newer
        /// message replaces the rejected one.
        RateLimited = "rate_limited",
    }
}

impl Reason {
    /// Returns `true` if the message was dropped only because of its rate. Such messages are counted, but not stored as
    /// dead letters.
    #[must_use]
    pub const fn is_of_rate(self) -> bool {
        matches!(self, Self::RateLimited)
    }
}
