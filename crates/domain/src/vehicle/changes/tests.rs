use std::collections::BTreeSet;

use time::OffsetDateTime;
use uuid::Uuid;

use super::*;
use crate::{
    id::{OrganizationId, VehicleId},
    vehicle::{
        ForkliftDetails, OhtDetails, RawForklift, RawOht, RawRailSegment, VehicleSpecification, Version,
    },
};

fn a_vehicle_with(details: VehicleDetails) -> Vehicle {
    Vehicle {
        id: VehicleId::from_uuid(Uuid::from_u128(1)),
        organization_id: OrganizationId::DEFAULT,
        group_ids: BTreeSet::new(),
        name: VehicleName::new("Lift 1").expect("a name"),
        manufacturer: Manufacturer::new("Acme").expect("a name"),
        model: Some(ModelName::new("L").expect("a name")),
        status: VehicleStatus::Maintenance,
        is_enabled: false,
        specification: VehicleSpecification::new(2.0, 1000.0, 10_000.0).expect("a data sheet"),
        details,
        version: Version::FIRST,
        created_at: OffsetDateTime::UNIX_EPOCH,
        updated_at: OffsetDateTime::UNIX_EPOCH,
        deleted_at: None,
    }
}

fn forklift() -> Vehicle {
    let details = ForkliftDetails::new(RawForklift {
        mast_height: Some(2.0),
        load_capacity: Some(1600.0),
        ..RawForklift::default()
    });
    a_vehicle_with(VehicleDetails::Forklift(details.expect("details")))
}

fn check_faults(changes: VehicleChanges, vehicle: &Vehicle, expected: &[&str]) {
    let faults = changes.apply(vehicle).expect_err("it is wrong");
    let found: Vec<_> = faults
        .iter()
        .map(|fault| format!("{} {}", fault.field, fault.message))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn fields_that_are_not_named_are_unchanged() {
    let before = forklift();
    let after = VehicleChanges {
        model: Some(None),
        ..VehicleChanges::enable()
    }
    .apply(&before)
    .expect("fine");
    assert_eq!(
        after,
        Vehicle {
            model: None,
            is_enabled: true,
            ..before
        }
    );
}

#[test]
fn figures_and_details_can_be_changed_individually() {
    let changes = VehicleChanges {
        specification: SpecificationChanges {
            max_load: Some(0.0),
            ..SpecificationChanges::default()
        },
        details: Some(DetailsChanges::Forklift(ForkliftChanges {
            mast_height: Some(None),
            fork_length: Some(Some(1.2)),
            ..ForkliftChanges::default()
        })),
        ..VehicleChanges::default()
    };
    let after = changes.apply(&forklift()).expect("fine");
    assert_eq!(
        after.specification,
        VehicleSpecification::new(2.0, 0.0, 10_000.0).expect("a data sheet")
    );
    let expected = RawForklift {
        mast_height: None,
        lift_height: None,
        fork_length: Some(1.2),
        load_capacity: Some(1600.0),
    };
    assert_eq!(
        after.details,
        VehicleDetails::Forklift(ForkliftDetails::new(expected).expect("details"))
    );
}

#[test]
fn a_status_must_be_an_allowed_transition() {
    check_faults(
        VehicleChanges::status(VehicleStatus::Moving),
        &forklift(),
        &["status must not change from MAINTENANCE to MOVING"],
    );
}

#[test]
fn a_vehicle_never_changes_its_kind() {
    let changes = VehicleChanges {
        details: Some(DetailsChanges::Agv(AgvChanges::default())),
        ..VehicleChanges::default()
    };
    check_faults(
        changes,
        &forklift(),
        &["details must be those of a vehicle of type FORKLIFT, not AGV"],
    );
}

#[test]
fn every_fault_of_a_change_is_named_at_once() {
    let changes = VehicleChanges {
        specification: SpecificationChanges {
            max_speed: Some(-1.0),
            ..SpecificationChanges::default()
        },
        details: Some(DetailsChanges::Forklift(ForkliftChanges {
            lift_height: Some(Some(-0.5)),
            ..ForkliftChanges::default()
        })),
        ..VehicleChanges::status(VehicleStatus::Charging)
    };
    check_faults(
        changes,
        &forklift(),
        &[
            "status must not change from MAINTENANCE to CHARGING",
            "specification.maxSpeed must be greater than 0 m/s",
            "details.liftHeight must be at least 0 m",
        ],
    );
}

/// The unchanged position is valid with the old segments only.
#[test]
fn unchanged_fields_must_fit_the_new_ones() {
    let segment = |start, end| RawRailSegment {
        segment_id: "a".to_owned(),
        start,
        end,
    };
    let oht = OhtDetails::new(RawOht {
        rail_id: "bay 1".to_owned(),
        rail_position: Some(5.0),
        rail_segments: vec![segment(0.0, 10.0)],
        ..RawOht::default()
    });
    let vehicle = a_vehicle_with(VehicleDetails::Oht(oht.expect("details")));
    let shorter = |rail_position| VehicleChanges {
        details: Some(DetailsChanges::Oht(OhtChanges {
            rail_segments: Some(vec![segment(0.0, 4.0)]),
            rail_position,
            ..OhtChanges::default()
        })),
        ..VehicleChanges::default()
    };
    check_faults(
        shorter(None),
        &vehicle,
        &["details.railPosition must lie in one of railSegments"],
    );
    assert!(shorter(Some(Some(3.0))).apply(&vehicle).is_ok());
}
