//! What users were granted in PostgreSQL, against the contract of its port.

use crate::registry::InPostgres;

testkit::grant_repository_contract!(InPostgres::fresh);
