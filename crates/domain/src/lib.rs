//! The model of vehicles, positions and runtime states: values that are checked once, when they are made,
//! and rules that say what may follow what.
//!
//! This crate is pure. It has no I/O, no clock and no wire format: time comes in as an argument, and every
//! API converts to and from these types at its own edge.
//!
//! * [`vehicle`]: the vehicle base, its four kinds and the table of status transitions.
//! * [`organization`], [`group`]: to whom vehicles belong, and how people sort them.
//! * [`telemetry`]: positions, rotations, runtime states, and the rules of plausibility and freshness.
//! * [`user`], [`username`], [`password`], [`access`]: who is known, and who may see and do what.
//! * [`audit`]: what is written down of what people do.
//! * [`violation`]: what is wrong with an input, field by field.

#![warn(missing_docs)]

pub mod access;
pub mod audit;
pub mod group;
pub mod id;
pub mod organization;
pub mod password;
pub mod telemetry;
pub mod text;
pub mod user;
pub mod username;
pub mod vehicle;
pub mod violation;

pub use access::{AccessScope, Grant, GrantRole, GrantTarget, GrantTerms, Operation, Role, Standing};
pub use audit::AuditAction;
pub use group::{Group, GroupName};
pub use id::{AuditId, GrantId, GroupId, OrganizationId, SessionId, UserId, VehicleId};
pub use organization::{Organization, OrganizationName};
pub use password::PasswordPolicy;
pub use user::{User, UserChanges};
pub use username::Username;
pub use violation::{Violation, Violations, cut};
