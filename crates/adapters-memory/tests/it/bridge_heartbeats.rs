//! Heartbeats of bridges in memory, against the contract of their port.

use std::time::Duration;

use adapters_memory::bridge_heartbeats::MemoryBridgeHeartbeats;
use application::ports::BridgeHeartbeats;
use async_trait::async_trait;
use port_contracts::bridge_heartbeats::Bridges;

struct InMemory(MemoryBridgeHeartbeats);

#[async_trait]
impl Bridges for InMemory {
    fn heartbeats(&self) -> &dyn BridgeHeartbeats {
        &self.0
    }

    async fn store(&self, name: &[u8], content: &[u8], expires_in: Option<Duration>) {
        self.0.store(name, content, expires_in);
    }
}

async fn empty() -> InMemory {
    InMemory(MemoryBridgeHeartbeats::default())
}

port_contracts::bridge_heartbeats_contract!(empty);
