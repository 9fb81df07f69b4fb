//! A fuzz harness that runs with the tests.
//!
//! [`fuzz`] checks a property with a few hundred cases in every test run or, if `FLEETWATCH_FUZZ_SECONDS` is set, for
//! at least the number of seconds that it states. Random bytes rarely get past the first checks of a parser, so
//! [`mutated`] damages well-formed messages.

mod json;
mod mutation;
mod property;
mod silence;
mod watchdog;

pub use json::{any_json, any_json_text};
pub use mutation::{Seeds, mutated, mutated_text};
pub use property::fuzz;
