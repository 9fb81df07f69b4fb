//! Every port in memory: the embedded default of the server, and the double that use-case tests use.
//!
//! What is kept here is gone when the process ends.
//!
//! * [`clock`]: this machine's clocks.
//! * [`vehicles`]: the registry of vehicles.
//! * [`live_keys`], [`telemetry_bus`], [`dead_letters`]: what Redis does otherwise.

pub mod clock;
pub mod dead_letters;
pub mod live_keys;
pub mod telemetry_bus;
pub mod vehicles;
