//! Vehicles in memory, against the contract of their port.

use crate::registry::InMemory;

port_contracts::vehicle_repository_contract!(InMemory::fresh);
