use std::sync::Arc;

use application::ports::{Clock, Ports, TelemetryBus};

use crate::{
    bridge_heartbeats::MemoryBridgeHeartbeats, dead_letters::MemoryDeadLetters, event_bus::MemoryEventBus,
    leases::MemoryLeases, live_keys::MemoryLiveStore, log_control::MemoryLogControl,
    mismatch_log::MemoryMismatchLog, rate_limiter::MemoryRateLimiter, registry::MemoryRegistry,
    telemetry_bus::MemoryTelemetryBus,
};

/// Returns the ports in memory, without a tracer, based on a clock, a registry and a store of live data.
#[must_use]
pub fn ports(clock: Arc<dyn Clock>, registry: Arc<MemoryRegistry>, live: Arc<MemoryLiveStore>) -> Ports {
    let bus: Arc<dyn TelemetryBus> = Arc::new(MemoryTelemetryBus::new(Arc::clone(&clock)));
    Ports {
        vehicles: registry.clone(),
        groups: registry.clone(),
        organizations: registry.clone(),
        users: registry.clone(),
        grants: registry.clone(),
        sessions: registry.clone(),
        audit: registry.clone(),
        limiter: Arc::new(MemoryRateLimiter::default()),
        log: registry,
        events: Arc::new(MemoryEventBus::default()),
        positions: live.clone(),
        states: live.clone(),
        keys: live,
        leases: Arc::new(MemoryLeases::default()),
        mismatches: Arc::new(MemoryMismatchLog::default()),
        dead_letters: Arc::new(MemoryDeadLetters::new(Arc::clone(&bus))),
        bridges: Arc::new(MemoryBridgeHeartbeats::default()),
        bus,
        clock,
        log_control: Arc::new(MemoryLogControl::default()),
        tracer: None,
    }
}
