//! Imports and exports.

use application::{
    Actor, Error,
    ports::{Mode, Registration, VehicleFilter},
    vehicles::{ImportFailure, ImportedFile, ImportedVehicle, LineFault},
};
use domain::{Role, VehicleId, Violations, vehicle::VehicleDraft};
use futures::TryStreamExt as _;
use uuid::Uuid;

use crate::stage::{Stage, a, a_forklift, an_administrator};

impl Stage {
    async fn imported(&self, by: &Actor, file: ImportedFile, mode: Mode) -> Result<usize, ImportFailure> {
        let import = self.app.vehicles.begin_import(by, None).await?;
        import.register(by, file, mode).await
    }

    async fn count(&self) -> u64 {
        self.app
            .vehicles
            .count(&an_administrator(), &VehicleFilter::default())
            .await
            .expect("the registry is available")
    }
}

fn registration(name: &str) -> Registration {
    VehicleDraft::check(a_forklift(name)).expect("valid data").into()
}

/// Builds a file with a header and one vehicle on each further line.
fn lines(registrations: Vec<Result<Registration, Violations>>) -> ImportedFile {
    let at_its_line = |(line, registration)| ImportedVehicle { line, registration };
    (2..)
        .zip(registrations)
        .map(at_its_line)
        .collect::<ImportedFile>()
}

fn check_faults<T: std::fmt::Debug>(outcome: Result<T, ImportFailure>, expected: &[(u64, &str)]) {
    let Err(ImportFailure::Lines(faults)) = outcome else {
        panic!("it is refused: {outcome:?}");
    };
    assert_eq!(faults.count(), expected.len());
    let reported: Vec<_> = faults
        .listed()
        .iter()
        .map(|LineFault { line, field, .. }| (*line, field.as_str()))
        .collect();
    assert_eq!(reported, expected);
}

#[tokio::test]
async fn a_file_is_registered_as_a_whole() {
    let stage = Stage::new();
    let id = VehicleId::from_uuid(Uuid::from_u128(7));
    let known = Registration {
        id: Some(id),
        is_enabled: true,
        ..registration("Lift 1")
    };
    let file = lines(vec![Ok(known), Ok(registration("Lift 2"))]);
    let imported = stage.imported(&an_administrator(), file, Mode::Apply).await;
    assert_eq!(imported.expect("valid data"), 2);
    assert!(
        stage.robot_is_at(id, 1.0),
        "messages of an enabled vehicle are accepted at once"
    );
}

#[tokio::test]
async fn every_fault_of_every_line_is_reported_and_nothing_is_registered() {
    let stage = Stage::new();
    let mut faults = Violations::of("name", "must not be empty");
    faults.add("specification.maxSpeed", "must be greater than 0 m/s");
    let file = lines(vec![
        Ok(registration("Lift 1")),
        Err(faults),
        Err(Violations::of("type", "must be given")),
    ]);
    let outcome = stage.imported(&an_administrator(), file, Mode::Apply).await;
    check_faults(
        outcome,
        &[(3, "name"), (3, "specification.maxSpeed"), (4, "type")],
    );
    assert_eq!(stage.count().await, 0);
}

#[tokio::test]
async fn collisions_are_reported_by_line() {
    let stage = Stage::new();
    let there = stage.forklift("Lift 1", true).await;
    let same_id = Registration {
        id: Some(there.id),
        ..registration("Lift 9")
    };
    let file = || {
        lines(vec![
            Ok(registration("Lift 2")),
            Ok(registration("Lift 1")),
            Ok(registration("Lift 2")),
            Ok(same_id.clone()),
        ])
    };
    for mode in [Mode::Rehearse, Mode::Apply] {
        let outcome = stage.imported(&an_administrator(), file(), mode).await;
        check_faults(outcome, &[(3, "name"), (4, "name"), (5, "id")]);
    }
    assert_eq!(stage.count().await, 1);
}

#[tokio::test]
async fn a_rehearsal_changes_nothing() {
    let stage = Stage::new();
    let file = lines(vec![Ok(registration("Lift 1"))]);
    let tried = stage.imported(&an_administrator(), file, Mode::Rehearse).await;
    assert_eq!(tried.expect("valid data"), 1);
    assert_eq!(stage.count().await, 0);
    assert_eq!(stage.live.stats().vehicles, 0);
}

#[tokio::test]
async fn only_administrators_import() {
    let stage = Stage::new();
    let outcome = stage
        .imported(&a(Role::Operator), lines(vec![]), Mode::Apply)
        .await;
    assert!(matches!(
        outcome,
        Err(ImportFailure::Other(Error::Forbidden { .. }))
    ));
}

#[tokio::test]
async fn an_export_contains_every_vehicle_once_in_portions() {
    let stage = Stage::new();
    let names: Vec<_> = (0..1_100).map(|n| format!("Lift {n:04}")).collect();
    let file = lines(names.iter().map(|name| Ok(registration(name))).collect());
    stage
        .imported(&an_administrator(), file, Mode::Apply)
        .await
        .expect("valid data");
    let portions: Vec<_> = stage
        .app
        .vehicles
        .export(&an_administrator(), VehicleFilter::default())
        .try_collect()
        .await
        .expect("the registry is available");
    assert!(portions.len() > 1, "one portion");
    let mut exported: Vec<_> = portions
        .iter()
        .flatten()
        .map(|vehicle| vehicle.name.to_string())
        .collect();
    exported.sort();
    assert_eq!(exported, names);
}

#[tokio::test(start_paused = true)]
async fn an_import_waits_a_bounded_time_for_another_of_its_organization() {
    let stage = Stage::new();
    let vehicles = &stage.app.vehicles;
    let by = an_administrator();
    let first = vehicles
        .begin_import(&by, None)
        .await
        .expect("no other import is under way");
    let second = vehicles.begin_import(&by, None).await;
    assert!(
        matches!(second.map(drop), Err(Error::RateLimited { .. })),
        "while the first one is under way"
    );
    first
        .register(&by, lines(vec![Ok(registration("Lift 1"))]), Mode::Apply)
        .await
        .expect("valid data");
    vehicles
        .begin_import(&by, None)
        .await
        .map(drop)
        .expect("no other import is under way");
}
