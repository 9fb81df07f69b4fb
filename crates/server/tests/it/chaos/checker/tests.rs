//! Histories made by hand: good ones, and one for each way to break a guarantee.

use std::{collections::BTreeMap, time::Duration};

use super::{Verdict, judge};
use crate::chaos::history::{
    AuditEntry, Change, History, Outcome, Publication, Read, Seen, Shown, Sight, Truth, Vehicle, Write,
};

const VEHICLE: &str = "vehicle-1";
const ROBOT: &str = "robot-1";

/// A history and the state after it.
#[derive(Default)]
struct Case {
    history: History,
    truth: Truth,
}

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn unknown() -> Outcome {
    Outcome::Unknown("no answer".to_owned())
}

fn rejected() -> Outcome {
    Outcome::Rejected("412".to_owned())
}

impl Case {
    /// Returns a case with a vehicle that was registered, changed, enabled and read, and a robot that was seen twice.
    fn sound() -> Self {
        let mut case = Self::default();
        case.acknowledged("create", Change::Create, 0, [1, 2]);
        case.acknowledged("model", Change::Model("N2".to_owned()), 1, [3, 4]);
        case.acknowledged("enable", Change::Enabled(true), 2, [5, 6]);
        case.read(Some(2), [4, 7]);
        case.truth.vehicles.insert(
            VEHICLE.to_owned(),
            Vehicle {
                version: 3,
                name: "create".to_owned(),
                model: "N2".to_owned(),
                status: "IDLE".to_owned(),
                is_enabled: true,
            },
        );
        for number in 1..=2 {
            case.history.publications.push(Publication {
                vehicle: ROBOT.to_owned(),
                number,
                at: s(number),
                is_acknowledged: true,
            });
            case.sees(ROBOT, Seen::Position(number), 1, number + 1);
        }
        let robot = Vehicle {
            version: 2,
            name: "Robot 1".to_owned(),
            model: "N1".to_owned(),
            status: "MOVING".to_owned(),
            is_enabled: true,
        };
        case.truth.vehicles.insert(ROBOT.to_owned(), robot);
        case.truth.positions.insert(ROBOT.to_owned(), 2);
        case.truth.keys.insert(ROBOT.to_owned(), 2);
        let picture = case.truth.vehicles.iter().map(|(id, vehicle)| {
            let shown = Shown {
                version: None,
                model: Some(vehicle.model.clone()),
                status: Some(vehicle.status.clone()),
                is_enabled: Some(true),
                position: (id == ROBOT).then_some(2),
            };
            (id.clone(), shown)
        });
        let picture = picture.collect();
        case.history.pictures.insert(0, picture);
        case
    }

    fn write(
        &mut self,
        request: &str,
        change: Change,
        expected: u64,
        [invoked, ended]: [u64; 2],
        outcome: Outcome,
    ) {
        let vehicle = (change != Change::Create).then(|| VEHICLE.to_owned());
        self.history.writes.push(Write {
            request: request.to_owned(),
            writer: 0,
            change,
            vehicle,
            expected,
            invoked: s(invoked),
            ended: s(ended),
            outcome,
        });
    }

    fn acknowledged(&mut self, request: &str, change: Change, expected: u64, time: [u64; 2]) {
        let outcome = Outcome::Acknowledged {
            vehicle: VEHICLE.to_owned(),
            version: expected + 1,
        };
        self.write(request, change, expected, time, outcome);
        self.audited(request);
    }

    fn audited(&mut self, request: &str) {
        self.truth.audit.push(AuditEntry {
            request: request.to_owned(),
            vehicle: VEHICLE.to_owned(),
        });
    }

    fn read(&mut self, version: Option<u64>, [invoked, ended]: [u64; 2]) {
        self.history.reads.push(Read {
            vehicle: VEHICLE.to_owned(),
            version,
            invoked: s(invoked),
            ended: s(ended),
        });
    }

    fn sees(&mut self, vehicle: &str, seen: Seen, session: usize, at: u64) {
        self.history.sights.push(Sight {
            watcher: 0,
            session,
            vehicle: vehicle.to_owned(),
            seen,
            at: s(at),
        });
    }

    fn vehicle(&mut self) -> &mut Vehicle {
        self.truth
            .vehicles
            .get_mut(VEHICLE)
            .expect("it is in the registry")
    }

    fn shown(&mut self, id: &str) -> &mut Shown {
        let picture = self.history.pictures.get_mut(&0).expect("there is one watcher");
        picture.get_mut(id).expect("it is shown")
    }

    /// Removes the vehicle from the registry and from the picture.
    fn without_vehicle(&mut self) {
        self.truth.vehicles.remove(VEHICLE);
        self.history
            .pictures
            .values_mut()
            .for_each(|picture| drop(picture.remove(VEHICLE)));
    }

    fn judge(&self) -> Verdict {
        judge(&self.history, &self.truth)
    }

    /// Checks the numbers of messages of each kind.
    fn check(&self, lost: usize, doubled: usize, wrong: usize) {
        let verdict = self.judge();
        let found = (verdict.lost.len(), verdict.doubled.len(), verdict.wrong.len());
        assert_eq!(found, (lost, doubled, wrong), "{verdict:#?}");
        assert_eq!(verdict.is_clean(), found == (0, 0, 0));
    }
}

#[test]
fn a_sound_history_is_clean() {
    Case::sound().check(0, 0, 0);
    Case::default().check(0, 0, 0);
}

#[test]
fn a_change_with_an_unknown_outcome_may_or_may_not_have_taken_effect() {
    let mut case = Case::sound();
    case.write(
        "status",
        Change::Status("STOPPED".to_owned()),
        3,
        [7, 9],
        unknown(),
    );
    case.check(0, 0, 0);
    case.audited("status");
    case.vehicle().version = 4;
    case.vehicle().status = "STOPPED".to_owned();
    case.shown(VEHICLE).status = Some("STOPPED".to_owned());
    case.check(0, 0, 0);
    case.audited("status");
    case.check(0, 1, 0);
}

#[test]
fn an_acknowledged_change_that_is_missing_is_lost() {
    let mut case = Case::sound();
    case.acknowledged("status", Change::Status("STOPPED".to_owned()), 3, [7, 8]);
    // The registry is older than the audit log, and so are the watchers.
    case.check(1, 0, 0);
    case.truth.audit.pop();
    case.check(1, 0, 0);
}

#[test]
fn an_acknowledged_vehicle_that_is_missing_is_lost() {
    let mut case = Case::sound();
    case.without_vehicle();
    case.check(1, 0, 0);
    case.acknowledged("delete", Change::Delete, 3, [8, 9]);
    case.check(0, 0, 0);
}

#[test]
fn a_deletion_without_effect_is_lost() {
    let mut case = Case::sound();
    case.acknowledged("delete", Change::Delete, 3, [8, 9]);
    case.check(1, 0, 0);
}

#[test]
fn two_changes_of_one_version_are_a_lost_update() {
    let mut case = Case::sound();
    case.acknowledged("other", Change::Enabled(true), 2, [5, 6]);
    case.check(0, 1, 0);
}

#[test]
fn a_gap_between_versions_is_a_lost_change() {
    let mut case = Case::sound();
    case.history.writes.remove(1);
    case.truth.audit.remove(1);
    case.vehicle().model = "create".to_owned();
    case.shown(VEHICLE).model = Some("create".to_owned());
    case.check(1, 0, 0);
}

#[test]
fn a_rejected_change_has_no_effect() {
    let mut case = Case::sound();
    case.write("late", Change::Model("N3".to_owned()), 2, [7, 8], rejected());
    case.check(0, 0, 0);
    case.audited("late");
    // It is also the second change that applies to its version.
    let verdict = case.judge();
    assert!(verdict.wrong[0].contains("was rejected"), "{verdict:#?}");
}

#[test]
fn a_change_that_no_client_requested_is_wrong() {
    let mut case = Case::sound();
    case.audited("from-elsewhere");
    case.check(0, 0, 1);
    let mut case = Case::sound();
    let copy = case.vehicle().clone();
    case.truth.vehicles.insert("vehicle-2".to_owned(), copy);
    // The watcher does not show it either.
    case.check(0, 0, 2);
}

#[test]
fn versions_follow_the_order_of_time() {
    let mut case = Case::sound();
    // The update has the lower version, but it began after the enabling had ended.
    [case.history.writes[1].invoked, case.history.writes[1].ended] = [s(8), s(9)];
    case.check(0, 0, 1);
}

#[test]
fn a_read_returns_at_least_what_was_acknowledged_before() {
    let mut case = Case::sound();
    case.read(Some(2), [7, 8]);
    case.check(0, 0, 1);
    let mut case = Case::sound();
    case.read(None, [7, 8]);
    case.check(1, 0, 0);
    case.write("delete", Change::Delete, 3, [6, 9], unknown());
    case.check(0, 0, 0);
}

#[test]
fn positions_and_versions_do_not_go_backwards_within_a_connection() {
    let mut case = Case::sound();
    case.sees(ROBOT, Seen::Position(1), 2, 9);
    case.sees(VEHICLE, Seen::Version(2), 2, 9);
    case.sees(VEHICLE, Seen::Version(2), 2, 9);
    case.check(0, 0, 0);
    case.sees(ROBOT, Seen::Position(1), 1, 9);
    case.sees(VEHICLE, Seen::Version(1), 2, 9);
    case.check(0, 0, 2);
}

#[test]
fn positions_are_not_invented() {
    let mut case = Case::sound();
    case.sees(ROBOT, Seen::Position(3), 1, 9);
    case.check(0, 0, 1);
    let mut case = Case::sound();
    case.sees(ROBOT, Seen::Position(2), 2, 1);
    case.check(0, 0, 1);
}

#[test]
fn the_last_position_of_a_robot_is_kept() {
    let mut case = Case::sound();
    case.truth.positions.insert(ROBOT.to_owned(), 1);
    case.check(1, 0, 0);
    case.truth.keys.clear();
    case.check(2, 0, 0);
    let mut case = Case::sound();
    case.history.publications[1].is_acknowledged = false;
    case.check(0, 0, 1);
}

#[test]
fn every_watcher_ends_with_the_true_state() {
    let faults: [fn(&mut Case); 6] = [
        |case| case.shown(VEHICLE).version = Some(2),
        |case| case.shown(VEHICLE).model = Some("N1".to_owned()),
        |case| case.shown(VEHICLE).status = None,
        |case| case.shown(VEHICLE).is_enabled = Some(false),
        |case| case.shown(ROBOT).position = Some(1),
        |case| {
            let picture = case.history.pictures.get_mut(&0).expect("there is one watcher");
            picture.insert("deleted".to_owned(), Shown::default());
        },
    ];
    for fault in faults {
        let mut case = Case::sound();
        fault(&mut case);
        case.check(0, 0, 1);
    }
    let mut case = Case::sound();
    case.history.pictures.insert(1, BTreeMap::new());
    case.check(0, 0, 2);
}
