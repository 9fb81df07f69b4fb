//! A robot's word, decoded, and the reasons for which one is not taken.

use std::fmt;

use domain::{
    VehicleId, named_enum,
    telemetry::{Implausible, Percentage, Timestamp, VehiclePosition, VehicleRuntimeState},
};

use crate::trace::TraceParent;

named_enum! {
    /// Where a message came in: the name is that in Redis, in metrics and in dead letters.
    Channel {
        /// Positions.
        Position = "vehicle:position:update",
        /// States.
        State = "vehicle:state:update",
    }
}

/// What a robot says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Which robot.
    pub vehicle_id: VehicleId,
    /// What it says.
    pub content: Content,
    /// The robot's span that the message belongs to.
    pub trace_parent: Option<TraceParent>,
}

impl Report {
    /// The channel on which a robot says this.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        match self.content {
            Content::Position { .. } => Channel::Position,
            Content::State(_) | Content::Battery { .. } => Channel::State,
        }
    }
}

/// The content of a [`Report`].
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Where it is, and, when an odometry says so, how fast (m/s, at least 0).
    Position {
        /// Where.
        position: VehiclePosition,
        /// How fast, for a state that exists already.
        speed: Option<f64>,
    },
    /// How it is.
    State(VehicleRuntimeState),
    /// How full its battery is; all else keeps its last value.
    Battery {
        /// The charge.
        level: Percentage,
        /// When.
        at: Timestamp,
    },
}

/// Why a part of a message is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The kind of fault; bounded, so that it can be a metric's label.
    pub reason: Reason,
    /// The fault itself, for a log.
    pub detail: String,
}

impl Rejection {
    /// A fault with its details.
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
    /// The kinds of fault that a message can have, by their names in metrics and dead letters.
    Reason {
        /// More bytes than `LIVE__MAX_MESSAGE_BYTES`.
        TooLarge = "too_large",
        /// Not UTF-8.
        InvalidUtf8 = "invalid_utf8",
        /// Not JSON.
        NotJson = "not_json",
        /// A field is missing, of the wrong type, or out of its range.
        InvalidField = "invalid_field",
        /// A required number that is unknown (`NaN`, `Infinity`, `null`) or too large, such as 1e999.
        NotFinite = "not_finite",
        /// A ROS 2 message of a type that has no place on this channel.
        UnsupportedType = "unsupported_type",
        /// A quaternion whose norm is too far from 1, such as the all-zero one.
        InvalidRotation = "invalid_rotation",
        /// Outside `LIVE__BOUNDS`.
        OutOfBounds = "out_of_bounds",
        /// A time in seconds, microseconds or nanoseconds.
        TimestampUnit = "timestamp_unit",
        /// Too far ahead of the server's clock.
        InFuture = "in_future",
        /// Older than the newest accepted one.
        OutOfOrder = "out_of_order",
        /// Farther from the last position than the vehicle could have driven.
        Jump = "jump",
        /// No vehicle of this id is registered.
        UnknownVehicle = "unknown_vehicle",
        /// The vehicle is disabled.
        DisabledVehicle = "disabled_vehicle",
        /// The vehicle was deleted.
        DeletedVehicle = "deleted_vehicle",
        /// Above `LIVE__MAX_MESSAGES_PER_VEHICLE_PER_S`, and followed by a newer one.
        RateLimited = "rate_limited",
    }
}

impl Reason {
    /// Whether there is nothing wrong with the message but that there were too many: it is counted, and not kept.
    #[must_use]
    pub const fn is_of_rate(self) -> bool {
        matches!(self, Self::RateLimited)
    }
}
