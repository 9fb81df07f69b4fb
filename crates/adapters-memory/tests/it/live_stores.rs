//! Positions, states and live keys in memory, against the contracts of their ports.

use adapters_memory::live_keys::MemoryLiveStore;

async fn fresh() -> MemoryLiveStore {
    MemoryLiveStore::default()
}

port_contracts::position_store_contract!(fresh);
port_contracts::state_store_contract!(fresh);
port_contracts::live_keys_contract!(fresh);
