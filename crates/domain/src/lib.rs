//! What a vehicle, a position and a runtime state *are*: values that are checked once, when they are made,
//! and rules that say what may follow what.
//!
//! This crate is pure. It has no I/O, no clock and no wire format: time comes in as an argument, and every
//! API converts to and from these types at its own edge.
//!
//! * [`vehicle`]: the vehicle base, its four kinds and the table of status transitions.
//! * [`organization`], [`group`]: to whom vehicles belong, and how people sort them.
//! * [`telemetry`]: positions, rotations, runtime states, and the rules of plausibility and freshness.
//! * [`access`]: who may see what.
//! * [`violation`]: what is wrong with an input, field by field.

pub mod access;
pub mod group;
pub mod id;
pub mod organization;
pub mod telemetry;
pub mod text;
pub mod vehicle;
pub mod violation;

pub use access::{AccessScope, Role};
pub use group::{Group, GroupName};
pub use id::{GroupId, OrganizationId, UserId, VehicleId};
pub use organization::{Organization, OrganizationName};
pub use violation::{Violation, Violations};
