//! The log in PostgreSQL, against the contract of its port.

use crate::registry::InPostgres;

testkit::event_log_contract!(InPostgres::fresh);
