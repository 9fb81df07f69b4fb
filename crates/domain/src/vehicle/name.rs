//! The texts on a vehicle's plate.

use crate::text::{name, text};

name!(
    /// The name of a vehicle.
    VehicleName,
    100
);
name!(
    /// The manufacturer of a vehicle.
    Manufacturer,
    100
);
name!(
    /// The manufacturer's name of the kind of machine.
    ModelName,
    100
);
text!(
    /// A short name inside a vehicle's details: a rail, a rail's segment, a kind of load.
    Label,
    100
);
