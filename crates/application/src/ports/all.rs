use std::sync::Arc;

use super::{
    AuditLog, Clock, DeadLetters, EventBus, EventLog, GrantRepository, GroupRepository, LiveKeys,
    OrganizationRepository, PasswordHasher, PathTracer, PositionStore, RateLimiter, SessionRepository,
    StateStore, TelemetryBus, TokenService, UserRepository, VehicleRepository,
};

/// The ports to the stores, the buses and the clock, chosen at start-up.
#[derive(Clone)]
pub struct Ports {
    /// The time, the same for all.
    pub clock: Arc<dyn Clock>,
    /// The registry of vehicles.
    pub vehicles: Arc<dyn VehicleRepository>,
    /// The groups of vehicles.
    pub groups: Arc<dyn GroupRepository>,
    /// The organisations.
    pub organizations: Arc<dyn OrganizationRepository>,
    /// The users.
    pub users: Arc<dyn UserRepository>,
    /// What users were granted.
    pub grants: Arc<dyn GrantRepository>,
    /// The sessions of users.
    pub sessions: Arc<dyn SessionRepository>,
    /// The audit log.
    pub audit: Arc<dyn AuditLog>,
    /// Counts log-ins.
    pub limiter: Arc<dyn RateLimiter>,
    /// The log of the registry.
    pub log: Arc<dyn EventLog>,
    /// Announces between servers that the log has grown.
    pub events: Arc<dyn EventBus>,
    /// The newest positions.
    pub positions: Arc<dyn PositionStore>,
    /// The newest states.
    pub states: Arc<dyn StateStore>,
    /// The live keys.
    pub keys: Arc<dyn LiveKeys>,
    /// Rejected messages.
    pub dead_letters: Arc<dyn DeadLetters>,
    /// The bus between robots and servers.
    pub bus: Arc<dyn TelemetryBus>,
    /// Records the way of messages, if that is wanted.
    pub tracer: Option<Arc<dyn PathTracer>>,
}

/// The ports that need a secret, or threads of their own: commands that check no password and issue no token do without.
#[derive(Clone)]
pub struct AuthPorts {
    /// Hashes and checks passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Issues and verifies access tokens.
    pub tokens: Arc<dyn TokenService>,
}
