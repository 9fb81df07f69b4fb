//! The organisations in memory, against the contract of their port.

use crate::registry::InMemory;

testkit::organization_repository_contract!(InMemory::fresh);
