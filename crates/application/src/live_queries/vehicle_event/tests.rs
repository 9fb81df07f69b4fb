use domain::{
    AccessScope, OrganizationId,
    vehicle::{SearchText, VehicleName, VehicleStatus, Version},
};
use uuid::Uuid;

use super::*;
use crate::{live_queries::a_vehicle, ports::VehicleFilter};

fn theirs() -> OrganizationId {
    OrganizationId::from_uuid(Uuid::from_u128(7))
}

fn everybody() -> Selection {
    selection(VehicleFilter::default())
}

fn selection(filter: VehicleFilter) -> Selection {
    let scope = AccessScope::of_organization(OrganizationId::DEFAULT);
    Selection::new(Arc::new(scope), Arc::new(filter))
}

fn enabled(enabled: bool) -> Selection {
    selection(VehicleFilter {
        enabled: Some(enabled),
        ..VehicleFilter::default()
    })
}

fn vehicle(change: impl FnOnce(&mut Vehicle)) -> Option<Arc<Vehicle>> {
    let mut vehicle = a_vehicle(1);
    vehicle.version = Version::from_i64(2);
    change(&mut vehicle);
    Some(Arc::new(vehicle))
}

fn unchanged() -> Option<Arc<Vehicle>> {
    Some(Arc::new(a_vehicle(1)))
}

#[track_caller]
fn check(
    selection: &Selection,
    before: Option<Arc<Vehicle>>,
    after: Option<Arc<Vehicle>>,
    expected: &[&str],
) {
    let news = VehicleNews::Changed { before, after };
    let events = selection.events_of(&news, selection.had(&news));
    let names: Vec<_> = events.iter().map(name_of).collect();
    assert_eq!(names, expected);
}

fn name_of(event: &VehicleEvent) -> String {
    match event {
        VehicleEvent::Added(_) => "added".to_owned(),
        VehicleEvent::Updated(_) => "updated".to_owned(),
        VehicleEvent::Removed(_, reason) => format!("{reason:?}"),
        VehicleEvent::StatusChanged(change, _) => format!("{:?} to {:?}", change.old, change.new),
        VehicleEvent::ConnectionChanged(_) => "connection".to_owned(),
        VehicleEvent::ErrorRaised { .. } => "error".to_owned(),
    }
}

#[test]
fn a_vehicle_that_comes_is_added_and_one_that_was_deleted_is_removed() {
    check(&everybody(), None, unchanged(), &["added"]);
    check(&everybody(), unchanged(), None, &["Deleted"]);
    let foreign = || vehicle(|vehicle| vehicle.organization_id = theirs());
    check(&everybody(), None, foreign(), &[]);
    check(&everybody(), foreign(), None, &[]);
    check(&everybody(), foreign(), foreign(), &[]);
}

#[test]
fn a_change_of_status_is_told_as_such_and_other_changes_as_an_update() {
    let moving = |vehicle: &mut Vehicle| vehicle.status = VehicleStatus::Moving;
    let renamed = |vehicle: &mut Vehicle| vehicle.name = VehicleName::new("other").expect("a name");
    check(&everybody(), unchanged(), vehicle(moving), &["Idle to Moving"]);
    check(&everybody(), unchanged(), vehicle(renamed), &["updated"]);
    check(&everybody(), unchanged(), vehicle(|_| ()), &["updated"]);
    let both = vehicle(|vehicle| {
        moving(vehicle);
        renamed(vehicle);
    });
    check(&everybody(), unchanged(), both, &["Idle to Moving", "updated"]);
}

#[test]
fn a_vehicle_that_is_disabled_is_updated_and_then_gone() {
    let disabled = || vehicle(|vehicle| vehicle.is_enabled = false);
    check(&everybody(), unchanged(), disabled(), &["updated", "Disabled"]);
    check(&everybody(), disabled(), unchanged(), &["updated"]);
    check(&enabled(true), unchanged(), disabled(), &["Disabled"]);
    check(&enabled(true), disabled(), unchanged(), &["added"]);
    check(&enabled(false), unchanged(), disabled(), &["added"]);
    check(&enabled(false), disabled(), unchanged(), &["OutOfScope"]);
    check(&enabled(true), disabled(), None, &[]);
}

#[test]
fn a_filter_follows_the_vehicle() {
    let found = selection(VehicleFilter {
        search: Some(SearchText::new("OTHER").expect("a text")),
        ..VehicleFilter::default()
    });
    let renamed = || vehicle(|vehicle| vehicle.name = VehicleName::new("other").expect("a name"));
    check(&found, unchanged(), renamed(), &["added"]);
    check(&found, renamed(), unchanged(), &["OutOfScope"]);
    check(&found, unchanged(), unchanged(), &[]);
}

#[test]
fn a_reported_status_takes_a_vehicle_into_a_filter_and_out_of_it() {
    let status = |status| {
        selection(VehicleFilter {
            status: Some(status),
            ..VehicleFilter::default()
        })
    };
    let mut moving = a_vehicle(1);
    moving.status = VehicleStatus::Moving;
    let news = VehicleNews::StatusReported {
        vehicle: Arc::new(moving),
        old: VehicleStatus::Idle,
        at: time::OffsetDateTime::UNIX_EPOCH,
    };
    for (selection, expected) in [
        (everybody(), vec!["Idle to Moving"]),
        (status(VehicleStatus::Idle), vec!["OutOfScope"]),
        (status(VehicleStatus::Moving), vec!["added"]),
        (status(VehicleStatus::Error), vec![]),
    ] {
        let events = selection.events_of(&news, selection.had(&news));
        assert_eq!(events.iter().map(name_of).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn connections_and_errors_are_told_of_selected_vehicles_only() {
    let at = Timestamp::from_unix_ms(0).expect("a time");
    let raised = VehicleNews::ErrorRaised {
        vehicle: Arc::new(a_vehicle(1)),
        code: ErrorCode::new("E1").expect("a code"),
        at,
    };
    let lost = VehicleNews::ConnectionChanged {
        vehicle: Arc::new(a_vehicle(1)),
        connection: ConnectionStatus::Timeout,
        reason: "no message received",
        since: at,
    };
    for (news, name) in [(raised, "error"), (lost, "connection")] {
        let told = everybody().events_of(&news, true);
        assert_eq!(told.iter().map(name_of).collect::<Vec<_>>(), [name]);
        let told = everybody().events_of(&news, false);
        assert_eq!(told.iter().map(name_of).collect::<Vec<_>>(), ["added", name]);
        assert!(enabled(false).events_of(&news, true).is_empty());
    }
}
