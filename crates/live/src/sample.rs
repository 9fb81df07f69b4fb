//! Sample vehicles for tests.

use domain::{
    OrganizationId, VehicleId,
    vehicle::{
        AgvDetails, ForkliftDetails, GuideType, Manufacturer, Vehicle, VehicleDetails, VehicleName,
        VehicleSpecification, VehicleStatus, Version,
    },
};
use time::OffsetDateTime;
use uuid::Uuid;

pub(crate) fn id(n: u128) -> VehicleId {
    VehicleId::from_uuid(Uuid::from_u128(n))
}

/// Builds vehicle number `n`. Vehicles with odd numbers are AGVs, the others are forklifts.
pub(crate) fn vehicle(n: u128, version: i64, is_enabled: bool) -> Vehicle {
    let agv = AgvDetails::new(GuideType::Laser, None, None, None).expect("details");
    Vehicle {
        id: id(n),
        organization_id: OrganizationId::DEFAULT,
        group_ids: Default::default(),
        name: VehicleName::new(&format!("vehicle {n}")).expect("a name"),
        manufacturer: Manufacturer::new("Acme").expect("a name"),
        model: None,
        status: VehicleStatus::Idle,
        is_enabled,
        specification: VehicleSpecification::new(2.0, 100.0, 1_000.0).expect("a data sheet"),
        details: if n % 2 == 1 {
            VehicleDetails::Agv(agv)
        } else {
            VehicleDetails::Forklift(ForkliftDetails::default())
        },
        version: Version::from_i64(version),
        created_at: OffsetDateTime::UNIX_EPOCH,
        updated_at: OffsetDateTime::UNIX_EPOCH,
        deleted_at: None,
    }
}
