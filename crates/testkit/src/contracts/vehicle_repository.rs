//! What every `VehicleRepository` does.
