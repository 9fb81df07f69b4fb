//! The registry's log in PostgreSQL, against the contract of its port.

use crate::registry::InPostgres;

port_contracts::event_log_contract!(InPostgres::fresh);
