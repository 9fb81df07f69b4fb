//! A sample vehicle for unit tests.

use domain::{VehicleId, vehicle::Vehicle};
use uuid::Uuid;

pub(crate) fn a_vehicle(number: u128) -> Vehicle {
    Vehicle {
        id: VehicleId::from_uuid(Uuid::from_u128(number)),
        ..test_builders::a_vehicle()
            .named(&format!("vehicle {number}"))
            .forklift()
            .enabled()
            .build()
    }
}
