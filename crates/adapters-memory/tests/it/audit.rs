//! The audit log in memory, against the contract of its port.

use crate::registry::InMemory;

port_contracts::audit_log_contract!(InMemory::fresh);
