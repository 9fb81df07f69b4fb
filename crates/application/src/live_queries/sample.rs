//! A vehicle for the tests beside the code.

use domain::{VehicleId, vehicle::Vehicle};
use uuid::Uuid;

/// An enabled forklift of the default organisation.
pub(crate) fn a_vehicle(number: u128) -> Vehicle {
    Vehicle {
        id: VehicleId::from_uuid(Uuid::from_u128(number)),
        ..test_builders::a_vehicle().forklift().enabled().build()
    }
}
