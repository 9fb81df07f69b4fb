//! Naming of environment variables.

/// Prefix of every environment variable that is meant for the server.
pub const PREFIX: &str = "FLEETWATCH_";
