//! Faults that concern a whole file or a whole line.

use std::fmt;

use application::vehicles::ImportedVehicle;
use domain::Violations;

/// Maximum number of vehicles in an imported file.
pub const MAX_VEHICLES: usize = 100_000;

/// Returns a fault in a line, in place of a vehicle.
pub(crate) fn fault(line: u64, field: &str, message: impl fmt::Display) -> ImportedVehicle {
    ImportedVehicle {
        line,
        registration: Err(Violations::of(field, message.to_string())),
    }
}

/// Returns the fault of a file with too many vehicles. `line` is that of the first vehicle beyond the limit.
pub(crate) fn too_many(line: u64) -> ImportedVehicle {
    fault(line, "file", format!("must have at most {MAX_VEHICLES} vehicles"))
}
