//! What users were granted in PostgreSQL, against the contract of its port.

use crate::registry::InPostgres;

port_contracts::grant_repository_contract!(InPostgres::fresh);
