//! The log of mismatches in memory, against the contract of its port.

use std::sync::Arc;

use adapters_memory::mismatch_log::MemoryMismatchLog;
use application::ports::MismatchLog;

async fn fresh() -> Arc<dyn MismatchLog> {
    Arc::new(MemoryMismatchLog::default())
}

port_contracts::mismatch_log_contract!(fresh);
