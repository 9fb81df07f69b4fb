//! Who has logged in in memory, against the contract of its port.

use crate::registry::InMemory;

port_contracts::session_repository_contract!(InMemory::fresh);
