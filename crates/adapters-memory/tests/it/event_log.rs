//! The registry's log in memory, against the contract of its port.

use crate::registry::InMemory;

port_contracts::event_log_contract!(InMemory::fresh);
