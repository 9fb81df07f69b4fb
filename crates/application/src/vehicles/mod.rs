//! Use cases about the registry of vehicles.
