//! Users in memory, against the contract of their port.

use crate::registry::InMemory;

port_contracts::user_repository_contract!(InMemory::fresh);
