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

fn unfiltered() -> Selection {
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
fn a_new_vehicle_is_added_and_a_deleted_one_is_removed() {
    check(&unfiltered(), None, unchanged(), &["added"]);
    check(&unfiltered(), unchanged(), None, &["Deleted"]);
    let foreign = || vehicle(|vehicle| vehicle.organization_id = theirs());
    check(&unfiltered(), None, foreign(), &[]);
    check(&unfiltered(), foreign(), None, &[]);
    check(&unfiltered(), foreign(), foreign(), &[]);
}

#[test]
fn status_changes_and_updates_are_separate_events() {
    let moving = |vehicle: &mut Vehicle| vehicle.status = VehicleStatus::Moving;
    let renamed = |vehicle: &mut Vehicle| vehicle.name = VehicleName::new("other").expect("a name");
    check(&unfiltered(), unchanged(), vehicle(moving), &["Idle to Moving"]);
    check(&unfiltered(), unchanged(), vehicle(renamed), &["updated"]);
    check(&unfiltered(), unchanged(), vehicle(|_| ()), &["updated"]);
    let both = vehicle(|vehicle| {
        moving(vehicle);
        renamed(vehicle);
    });
    check(&unfiltered(), unchanged(), both, &["Idle to Moving", "updated"]);
}

#[test]
fn a_disabled_vehicle_is_updated_and_then_removed() {
    let disabled = || vehicle(|vehicle| vehicle.is_enabled = false);
    check(&unfiltered(), unchanged(), disabled(), &["updated", "Disabled"]);
    check(&unfiltered(), disabled(), unchanged(), &["updated"]);
    check(&enabled(true), unchanged(), disabled(), &["Disabled"]);
    check(&enabled(true), disabled(), unchanged(), &["added"]);
    check(&enabled(false), unchanged(), disabled(), &["added"]);
    check(&enabled(false), disabled(), unchanged(), &["OutOfScope"]);
    check(&enabled(true), disabled(), None, &[]);
}

#[test]
fn a_vehicle_enters_and_leaves_a_filter() {
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
fn a_reported_status_moves_a_vehicle_into_and_out_of_a_filter() {
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
        (unfiltered(), vec!["Idle to Moving"]),
        (status(VehicleStatus::Idle), vec!["OutOfScope"]),
        (status(VehicleStatus::Moving), vec!["added"]),
        (status(VehicleStatus::Error), vec![]),
    ] {
        let events = selection.events_of(&news, selection.had(&news));
        assert_eq!(events.iter().map(name_of).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn only_selected_vehicles_have_connection_and_error_events() {
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
        let events = unfiltered().events_of(&news, true);
        assert_eq!(events.iter().map(name_of).collect::<Vec<_>>(), [name]);
        let events = unfiltered().events_of(&news, false);
        assert_eq!(events.iter().map(name_of).collect::<Vec<_>>(), ["added", name]);
        assert!(enabled(false).events_of(&news, true).is_empty());
    }
}
