//! Ports: the object-safe traits through which use cases access stores, buses, the clock and cryptography. One trait
//! per file.
//!
//! Rules for every implementation:
//!
//! * **Scope.** Reads on behalf of a caller take an [`AccessScope`](domain::AccessScope). Changes take an
//!   [`Actor`](crate::Actor), and are limited to its scope. An entity outside the scope is treated like one that does
//!   not exist. Rules that depend on the stored data ([`Registrar`](crate::vehicles::Registrar),
//!   [`refusal_without_another`](crate::users::refusal_without_another),
//!   [`must_need_grants`](crate::grants::must_need_grants)) are applied between locking and writing.
//! * **Atomicity.** A change to the registry, its event in the [`EventLog`] and its entry in the [`AuditLog`] are
//!   committed together or not at all. An error means that nothing was changed, with one exception: after
//!   [`Error::Unavailable`](crate::Error::Unavailable) the whole change may have been committed, because the connection
//!   can be lost during the commit.
//! * **Cancellation.** Callers may drop the future of any method. A change to the registry is then committed completely
//!   or not at all. If it is committed, the [`EventLog`] reports it.
//! * **Errors.** A call to an unreachable store fails with [`Error::Unavailable`](crate::Error::Unavailable),
//!   immediately or after a documented timeout. Calls never hang. The error of the library is kept as the `source`.
//! * **Tests.** Each port has a contract suite in the crate `port-contracts`, which every implementation passes.

#![warn(missing_docs)]

mod all;
mod audit_log;
mod bridge_heartbeats;
mod clock;
mod dead_letters;
mod dependency;
mod event_bus;
mod event_log;
mod grant_repository;
mod group_repository;
mod leases;
mod live_keys;
mod log_control;
mod mismatch_log;
mod organization_repository;
mod password_hasher;
mod path_tracer;
mod position_store;
mod rate_limiter;
mod session_repository;
mod state_store;
mod telemetry_bus;
mod token_service;
mod user_repository;
mod vehicle_repository;

pub use all::{AuthPorts, Ports};
pub use audit_log::{AuditEntry, AuditFilter, AuditLog, AuditRecord, Author, Facts, LogInFailure};
pub use bridge_heartbeats::{
    BridgeHeartbeats, MAX_BRIDGES, MAX_HEARTBEAT_BYTES, StoredHeartbeat, StoredHeartbeats,
};
pub use clock::Clock;
pub use dead_letters::{
    DeadLetterId, DeadLetterPortion, DeadLetters, InvalidDeadLetterId, LETTERS_AT_ONCE, LetterOrder,
    LetterReplay, StoredDeadLetter,
};
pub use dependency::{Capability, CircuitState, Dependency};
pub use event_bus::EventBus;
pub use event_log::{EVENTS_AT_ONCE, EventLog, NextEvents};
pub use grant_repository::GrantRepository;
pub use group_repository::GroupRepository;
pub use leases::{LeaseHolder, Leases};
pub use live_keys::{
    BrokenParts, Differences, KeyDifference, KeyFault, KeyPart, LiveKeys, LiveRecord, OutdatedKeys, Roll,
    RollMember, RollPage, Series, SeriesTime,
};
pub use log_control::{InvalidLogFilter, LogControl, LogFilter};
pub use mismatch_log::{MISMATCHES_AT_ONCE, MismatchLog, MismatchPage, MismatchPlace, SyncMismatch};
pub use organization_repository::OrganizationRepository;
pub use password_hasher::{PasswordCheck, PasswordHash, PasswordHasher, Rank};
pub use path_tracer::{
    Attribute, AttributeValue, OpenSpan, PathTracer, SpanEnd, SpanKind, SpanRecord, SpanStart,
};
pub use position_store::PositionStore;
pub use rate_limiter::{Admission, Quota, RateLimiter};
pub use session_repository::{
    Credentials, LOG_INS_REMEMBERED, MAX_SESSIONS, MAX_SPENT, NewSession, Rotation, Session,
    SessionRepository, SessionRights, SessionTtl, TokenHash,
};
pub use state_store::StateStore;
pub use telemetry_bus::{Canary, FeedEvent, TelemetryBus};
pub use token_service::{AccessClaims, TokenFault, TokenService};
pub use user_repository::{NewUser, UserRepository};
pub use vehicle_repository::{
    Collision, Mode, RegisteredVersion, Registration, SortDirection, SortField, SortKey, VehicleFilter,
    VehiclePlace, VehicleRepository, VehicleSort, name_key,
};
