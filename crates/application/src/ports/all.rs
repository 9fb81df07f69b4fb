use std::sync::Arc;

use super::{
    AuditLog, BridgeHeartbeats, Clock, DeadLetters, EventBus, EventLog, GrantRepository, GroupRepository,
    Leases, LiveKeys, LogControl, MismatchLog, OrganizationRepository, PasswordHasher, PathTracer,
    PositionStore, RateLimiter, SessionRepository, StateStore, TelemetryBus, TokenService, UserRepository,
    VehicleRepository,
};

/// Implementations of the ports to stores, buses and the clock, chosen at start-up.
#[derive(Clone)]
pub struct Ports {
    /// The clock, shared by all use cases and workers.
    pub clock: Arc<dyn Clock>,
    /// The registry of vehicles.
    pub vehicles: Arc<dyn VehicleRepository>,
    /// The groups of vehicles.
    pub groups: Arc<dyn GroupRepository>,
    /// The organisations.
    pub organizations: Arc<dyn OrganizationRepository>,
    /// The users.
    pub users: Arc<dyn UserRepository>,
    /// The grants of users.
    pub grants: Arc<dyn GrantRepository>,
    /// The sessions of users.
    pub sessions: Arc<dyn SessionRepository>,
    /// The audit log.
    pub audit: Arc<dyn AuditLog>,
    /// The limiter of attempts to log in and to change a password.
    pub limiter: Arc<dyn RateLimiter>,
    /// The event log of the registry.
    pub log: Arc<dyn EventLog>,
    /// The bus that announces to other servers that the event log has grown.
    pub events: Arc<dyn EventBus>,
    /// The store of each vehicle's newest position.
    pub positions: Arc<dyn PositionStore>,
    /// The store of each vehicle's newest runtime state.
    pub states: Arc<dyn StateStore>,
    /// The live keys of vehicles.
    pub keys: Arc<dyn LiveKeys>,
    /// The leases through which servers divide repairs of the live keys among themselves, and take turns changing dead
    /// letters.
    pub leases: Arc<dyn Leases>,
    /// The log of repaired mismatches.
    pub mismatches: Arc<dyn MismatchLog>,
    /// The store of rejected messages.
    pub dead_letters: Arc<dyn DeadLetters>,
    /// The heartbeats of bridges.
    pub bridges: Arc<dyn BridgeHeartbeats>,
    /// The bus that carries the robots' messages.
    pub bus: Arc<dyn TelemetryBus>,
    /// The control of this process's log.
    pub log_control: Arc<dyn LogControl>,
    /// The tracer of messages from the bus to their delivery; `None` if tracing is off.
    pub tracer: Option<Arc<dyn PathTracer>>,
}

/// Ports for passwords and tokens. They are separate from [`Ports`] because they need a secret and dedicated threads.
#[derive(Clone)]
pub struct AuthPorts {
    /// The hasher of passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// The issuer and verifier of access tokens.
    pub tokens: Arc<dyn TokenService>,
}
