//! The log in memory, against the contract of its port.

use crate::registry::InMemory;

testkit::event_log_contract!(InMemory::fresh);
