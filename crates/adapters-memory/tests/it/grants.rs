//! Grants in memory, against the contract of their port.

use crate::registry::InMemory;

port_contracts::grant_repository_contract!(InMemory::fresh);
