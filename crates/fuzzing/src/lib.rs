//! A fuzz harness that runs with the tests.
//!
//! [`fuzz`] checks a property for a few hundred cases, so that every run of the tests has it; with
//! `FLEETWATCH_FUZZ_SECONDS` set, for that many seconds. Random bytes seldom get far, so [`mutated`] starts from
//! well-formed messages and damages them.

mod json;
mod mutation;
mod property;
mod silence;
mod watchdog;

pub use json::{any_json, any_json_text};
pub use mutation::{Seeds, mutated, mutated_text};
pub use property::fuzz;
