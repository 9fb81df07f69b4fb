//! Groups in memory, against the contract of their port.

use crate::registry::InMemory;

port_contracts::group_repository_contract!(InMemory::fresh);
