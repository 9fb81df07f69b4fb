//! Vehicles in PostgreSQL, against the contract of their port.

use crate::registry::InPostgres;

port_contracts::vehicle_repository_contract!(InPostgres::fresh);
