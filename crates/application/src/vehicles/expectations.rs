//! Checks of the vehicles that a change names. Every registry calls them between locking and writing.

use std::collections::BTreeSet;

use domain::{
    VehicleId,
    vehicle::{Vehicle, Version},
};

use crate::{Error, error::Result};

/// Checks that a vehicle has the version on which a change is based, if the change names one.
///
/// # Errors
/// Returns [`Error::VersionMismatch`] for another version.
pub fn must_have_version(vehicle: &Vehicle, expected: Option<Version>) -> Result<()> {
    match expected {
        Some(version) if version != vehicle.version => Err(Error::VersionMismatch {
            current: vehicle.version,
        }),
        _ => Ok(()),
    }
}

/// Checks that all vehicles that a change names were found.
///
/// # Errors
/// Returns [`Error::NoSuchVehicle`] with the lowest id that was not found.
pub fn must_all_exist(ids: &BTreeSet<VehicleId>, found: &[Vehicle]) -> Result<()> {
    let there: BTreeSet<VehicleId> = found.iter().map(|vehicle| vehicle.id).collect();
    match ids.difference(&there).next() {
        Some(&id) => Err(Error::NoSuchVehicle { id }),
        None => Ok(()),
    }
}

/// Checks that a vehicle can be restored.
///
/// # Errors
/// Returns [`Error::Conflict`] (`id`) for a vehicle that is not deleted.
pub fn must_be_deleted(vehicle: &Vehicle) -> Result<()> {
    match vehicle.deleted_at {
        Some(_) => Ok(()),
        None => Err(Error::vehicle_not_deleted()),
    }
}

#[cfg(test)]
mod tests {
    use test_builders::a_vehicle;
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::*;

    fn vehicle(n: u128) -> Vehicle {
        Vehicle {
            id: id(n),
            ..a_vehicle().forklift().build()
        }
    }

    fn id(n: u128) -> VehicleId {
        VehicleId::from_uuid(Uuid::from_u128(n))
    }

    #[test]
    fn a_change_that_names_another_version_is_refused_with_the_current_one() {
        let vehicle = vehicle(1);
        let current = vehicle.version;
        assert!(must_have_version(&vehicle, None).is_ok());
        assert!(must_have_version(&vehicle, Some(current)).is_ok());
        let refused = must_have_version(&vehicle, Some(current.next()));
        assert!(matches!(refused, Err(Error::VersionMismatch { current: named }) if named == current));
    }

    #[test]
    fn the_lowest_missing_vehicle_is_named() {
        let found = [1, 3].map(vehicle);
        let check = |ids: &[u128], missing: Option<u128>| {
            let ids = ids.iter().map(|n| id(*n)).collect();
            let named = match must_all_exist(&ids, &found) {
                Err(Error::NoSuchVehicle { id }) => Some(id),
                _ => None,
            };
            assert_eq!(named, missing.map(id));
        };
        check(&[], None);
        check(&[3, 1], None);
        check(&[4, 3, 2, 1], Some(2));
    }

    #[test]
    fn only_a_deleted_vehicle_can_be_restored() {
        let vehicle = vehicle(1);
        assert!(matches!(
            must_be_deleted(&vehicle),
            Err(Error::Conflict { field: "id", .. })
        ));
        assert!(must_be_deleted(&vehicle.deleted(OffsetDateTime::UNIX_EPOCH)).is_ok());
    }
}
