//! Names of variables.

/// What every variable of the environment that is meant for the server begins with.
pub const PREFIX: &str = "FLEETWATCH_";
