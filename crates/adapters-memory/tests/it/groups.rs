//! The groups in memory, against the contract of their port.

use crate::registry::InMemory;

testkit::group_repository_contract!(InMemory::fresh);
