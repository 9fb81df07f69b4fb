//! Sessions in memory, against the contract of their port.

use crate::registry::InMemory;

port_contracts::session_repository_contract!(InMemory::fresh);
