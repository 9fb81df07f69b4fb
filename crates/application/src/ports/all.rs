use std::sync::Arc;

use super::{
    AuditLog, Clock, DeadLetters, EventBus, EventLog, GrantRepository, GroupRepository, LiveKeys,
    OrganizationRepository, PasswordHasher, PathTracer, PositionStore, RateLimiter, SessionRepository,
    StateStore, TelemetryBus, TokenService, UserRepository, VehicleRepository,
};

/// Ports to the stores, the buses and the clock, chosen at start-up.
#[derive(Clone)]
pub struct Ports {
    /// Clock that all use cases and workers share.
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
    /// Limits attempts to log in and to change a password.
    pub limiter: Arc<dyn RateLimiter>,
    /// The log of the registry.
    pub log: Arc<dyn EventLog>,
    /// Announces to the other servers that the log has grown.
    pub events: Arc<dyn EventBus>,
    /// Newest position of each vehicle.
    pub positions: Arc<dyn PositionStore>,
    /// Newest runtime state of each vehicle.
    pub states: Arc<dyn StateStore>,
    /// The live keys of vehicles in Redis.
    pub keys: Arc<dyn LiveKeys>,
    /// Store for rejected messages.
    pub dead_letters: Arc<dyn DeadLetters>,
    /// The bus between robots and servers.
    pub bus: Arc<dyn TelemetryBus>,
    /// Traces messages from the bus to their delivery; `None` if tracing is off.
    pub tracer: Option<Arc<dyn PathTracer>>,
}

/// Ports that need a secret or dedicated threads. Commands that neither check a password nor issue a token do not need
/// them.
#[derive(Clone)]
pub struct AuthPorts {
    /// Hashes and checks passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Issues and verifies access tokens.
    pub tokens: Arc<dyn TokenService>,
}
