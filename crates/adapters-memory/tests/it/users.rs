//! The users in memory, against the contract of their port.

use crate::registry::InMemory;

testkit::user_repository_contract!(InMemory::fresh);
