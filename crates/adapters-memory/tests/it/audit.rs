//! Who did what in memory, against the contract of its port.

use crate::registry::InMemory;

testkit::audit_log_contract!(InMemory::fresh);
