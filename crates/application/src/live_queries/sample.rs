//! A sample vehicle for unit tests.

use domain::{
    OrganizationId, VehicleId,
    vehicle::{
        ForkliftDetails, Manufacturer, Vehicle, VehicleDetails, VehicleName, VehicleSpecification,
        VehicleStatus, Version,
    },
};
use time::OffsetDateTime;
use uuid::Uuid;

pub(crate) fn a_vehicle(number: u128) -> Vehicle {
    Vehicle {
        id: VehicleId::from_uuid(Uuid::from_u128(number)),
        organization_id: OrganizationId::DEFAULT,
        group_ids: Default::default(),
        name: VehicleName::new(&format!("vehicle {number}")).expect("a name"),
        manufacturer: Manufacturer::new("Acme").expect("a name"),
        model: None,
        status: VehicleStatus::Idle,
        is_enabled: true,
        specification: VehicleSpecification::new(2.0, 100.0, 1_000.0).expect("a data sheet"),
        details: VehicleDetails::Forklift(ForkliftDetails::default()),
        version: Version::from_i64(1),
        created_at: OffsetDateTime::UNIX_EPOCH,
        updated_at: OffsetDateTime::UNIX_EPOCH,
        deleted_at: None,
    }
}
