//! Who has logged in in memory, against the contract of its port.

use crate::registry::InMemory;

testkit::session_repository_contract!(InMemory::fresh);
