//! The telemetry bus in memory, against the contract of its port.

use std::sync::Arc;

use adapters_memory::{clock::SystemClock, telemetry_bus::MemoryTelemetryBus};

async fn started() -> MemoryTelemetryBus {
    MemoryTelemetryBus::new(Arc::new(SystemClock::start()))
}

port_contracts::telemetry_bus_contract!(started);
