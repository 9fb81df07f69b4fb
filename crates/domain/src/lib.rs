//! The model of vehicles, positions, runtime states and users: values that are checked once, when they are created, and
//! the rules that always hold for them.
//!
//! This crate is pure. It has no I/O, no clock and no wire format: time is an argument, and every API converts to and
//! from these types at its boundary.
//!
//! * [`vehicle`]: vehicles, their four kinds, and the table of status transitions.
//! * [`organization`], [`group`]: owners and groups of vehicles.
//! * [`telemetry`]: positions, rotations, runtime states, and the rules of plausibility and freshness.
//! * [`history`]: the samples that are kept of the past.
//! * [`user`], [`username`], [`password`], [`access`]: users, their credentials, roles and grants.
//! * [`audit`]: the actions that the audit log records.
//! * [`violation`]: the faults of an input, by field.

#![warn(missing_docs)]

pub mod access;
pub mod audit;
pub mod group;
pub mod history;
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
