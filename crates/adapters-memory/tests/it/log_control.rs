//! The control of a log in memory, against the contract of its port.

use adapters_memory::log_control::MemoryLogControl;

async fn fresh() -> MemoryLogControl {
    MemoryLogControl::default()
}

port_contracts::log_control_contract!(fresh);
