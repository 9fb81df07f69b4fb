//! Leases in memory, against the contract of their port.

use std::sync::Arc;

use adapters_memory::leases::MemoryLeases;
use application::ports::Leases;

async fn fresh() -> Arc<dyn Leases> {
    Arc::new(MemoryLeases::default())
}

port_contracts::leases_contract!(fresh);
