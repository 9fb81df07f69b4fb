//! Names of vehicles, manufacturers and models, and labels in details.

use crate::text::{name, text};

name!(
    /// Name of a vehicle.
    VehicleName,
    100
);
name!(
    /// Manufacturer of a vehicle.
    Manufacturer,
    100
);
name!(
    /// Model name of a vehicle, given by its manufacturer.
    ModelName,
    100
);
text!(
    /// Short name in the details of a vehicle, such as that of a rail, a rail segment, or a kind of load.
    Label,
    100
);
