//! The vehicles in PostgreSQL, against the contract of their port.

use crate::registry::InPostgres;

testkit::vehicle_repository_contract!(InPostgres::fresh);
