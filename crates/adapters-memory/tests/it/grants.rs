//! What users were granted in memory, against the contract of its port.

use crate::registry::InMemory;

port_contracts::grant_repository_contract!(InMemory::fresh);
