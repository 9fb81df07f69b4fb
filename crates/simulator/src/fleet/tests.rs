use std::{
    collections::{BTreeMap, BTreeSet},
    f64::consts::PI,
};

use domain::{
    telemetry::{PlausibilityRules, PositionTrack, VehicleRuntimeState},
    vehicle::{VehicleSpecification, VehicleStatus, VehicleType},
};
use proptest::prelude::*;

use super::*;
use crate::hall::Crew;

/// Returns the default plausibility rules of a server.
fn default_rules() -> PlausibilityRules {
    PlausibilityRules {
        bounds: "-10000,-10000,-1000,10000,10000,1000".parse().expect("bounds"),
        max_speed_mps: 30.0,
        max_jump_m: 10.0,
        max_ahead_ms: 5_000,
        relocation_samples: 5,
    }
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(1_800_000_000_000 + ms).expect("a time")
}

/// Observations of one vehicle.
struct Observed {
    specification: VehicleSpecification,
    track: PositionTrack,
    state: Option<VehicleRuntimeState>,
    state_age: Duration,
    metres: f64,
    statuses: BTreeSet<VehicleStatus>,
    faults: usize,
    loads: usize,
}

/// Fleet whose telemetry is checked in every step.
struct Observer {
    fleet: Fleet,
    rules: PlausibilityRules,
    vehicles: Vec<Observed>,
    now_ms: i64,
}

impl Observer {
    fn over(vehicles: usize, seed: u64) -> Self {
        let fleet = Fleet::new(FleetOptions { vehicles, seed });
        let observed = fleet.vehicles().map(|draft| Observed {
            specification: draft.specification,
            track: PositionTrack::default(),
            state: None,
            state_age: Duration::ZERO,
            metres: 0.0,
            statuses: BTreeSet::new(),
            faults: 0,
            loads: 0,
        });
        Self {
            vehicles: observed.collect(),
            fleet,
            rules: default_rules(),
            now_ms: 0,
        }
    }

    fn step(&mut self, dt: Duration) {
        self.now_ms += i64::try_from(dt.as_millis()).expect("a short step");
        self.vehicles
            .iter_mut()
            .for_each(|observed| observed.state_age += dt);
        let telemetry = self.fleet.step(dt, at(self.now_ms));
        let positions = telemetry
            .iter()
            .filter(|telemetry| matches!(telemetry.content, Content::Position { .. }))
            .count();
        assert_eq!(
            positions,
            self.fleet.len(),
            "each vehicle reports its position once"
        );
        for Telemetry { vehicle, content } in telemetry {
            match content {
                Content::Position { position, .. } => self.check_position(vehicle, position, dt),
                Content::State(state) => self.check_state(vehicle, state),
                Content::Battery { .. } => panic!("the battery is part of the state"),
            }
        }
        for (vehicle, observed) in self.vehicles.iter().enumerate() {
            assert!(
                observed.state_age < Duration::from_secs(1) + dt,
                "{vehicle} was silent for {:?}",
                observed.state_age
            );
        }
        self.check_gaps();
    }

    fn check_position(&mut self, vehicle: usize, position: VehiclePosition, dt: Duration) {
        self.check_place(vehicle, &position);
        let observed = &mut self.vehicles[vehicle];
        if let Some(before) = observed.track.newest() {
            let metres = position.distance_to(before);
            let longest = observed.specification.max_speed() * dt.as_secs_f64();
            assert!(metres <= longest + 1e-9, "{vehicle} drove {metres} m in {dt:?}");
            if dt <= Duration::from_millis(150) {
                check_heading(vehicle, before, &position);
            }
            observed.metres += metres;
        }
        let arrival = domain::telemetry::Arrival {
            wall: at(self.now_ms),
            uptime: Duration::from_millis(self.now_ms.unsigned_abs()),
        };
        observed
            .track
            .accept(position, &self.rules, arrival)
            .expect("plausible");
    }

    fn check_place(&self, vehicle: usize, position: &VehiclePosition) {
        let (number, seat) = (vehicle / Hall::VEHICLES, vehicle % Hall::VEHICLES);
        let (west, south) = corner(number);
        let (x, y) = (position.x - west, position.y - south);
        assert!(
            (0.5..HALL_WIDTH - 0.5).contains(&x) && (0.5..HALL_DEPTH - 0.5).contains(&y),
            "{vehicle}: {x} {y}"
        );
        let hall = &self.fleet.halls[number];
        match hall.seats[seat].crew {
            Crew::Line(line) => assert_eq!(position.z, hall.lines[line].line.height),
            Crew::Floor(floor) => {
                let (pose, _) = hall.place_of(seat);
                let aisles = &hall.floors[floor].floor.aisles;
                assert!(
                    aisles.have_room_for(pose, 0.5),
                    "{vehicle} drives through a wall at {x}, {y}"
                );
            }
        }
    }

    fn check_state(&mut self, vehicle: usize, state: VehicleRuntimeState) {
        let observed = &mut self.vehicles[vehicle];
        let status = state.status.expect("a status");
        let (speed, battery) = (state.current_speed(), state.battery_level());
        assert_eq!(
            status == VehicleStatus::Moving,
            speed > 0.0,
            "{vehicle} is {status} at {speed} m/s"
        );
        assert!(
            speed <= observed.specification.max_speed(),
            "{vehicle} drives at {speed} m/s"
        );
        if status == VehicleStatus::Error {
            assert_eq!(
                state.error_codes().len(),
                1,
                "{vehicle} is in error without an error code"
            );
        }
        assert!(battery.get() > 5.0, "{vehicle} ran out of power");
        assert!(
            state
                .current_load()
                .is_some_and(|load| load <= observed.specification.max_load())
        );
        assert!(
            state
                .temperature()
                .is_some_and(|celsius| (15.0..60.0).contains(&celsius))
        );
        if let Some(before) = &observed.state {
            let (was, rose) = (before.status, battery > before.battery_level());
            let charging = VehicleStatus::Charging;
            assert!(
                !rose || was == Some(charging) || status == charging,
                "{vehicle} charges while {status}"
            );
            assert!(
                rose || was != Some(charging) || status != charging,
                "{vehicle} does not charge"
            );
            observed.faults += state.new_error_codes(Some(before)).count();
            observed.loads += usize::from(state.current_load() > before.current_load());
        }
        observed.statuses.insert(status);
        observed.state_age = Duration::ZERO;
        observed.state = Some(state);
    }

    /// Checks that vehicles on a line neither overtake each other nor get too close: in the order of the crew, the gaps
    /// between them add up to one round.
    fn check_gaps(&self) {
        for line in self.fleet.halls.iter().flat_map(|hall| &hall.lines) {
            let length = line.line.track.length();
            let places: Vec<f64> = (0..line.len()).map(|member| line.post_of(member).1).collect();
            let gaps: Vec<f64> = (0..places.len())
                .map(|member| {
                    line.line
                        .track
                        .wrapped(places[(member + 1) % places.len()] - places[member])
                })
                .collect();
            if places.len() > 1 {
                assert!(
                    (gaps.iter().sum::<f64>() - length).abs() < 1e-6,
                    "{}: a vehicle overtook",
                    line.line.name
                );
                assert!(
                    gaps.iter().all(|&gap| gap >= line.line.spacing - 1e-6),
                    "{}: too close",
                    line.line.name
                );
            }
        }
    }
}

/// Checks that a vehicle drives in the direction that it faces. The step must be short enough for the path to be nearly
/// an arc.
fn check_heading(vehicle: usize, before: &VehiclePosition, after: &VehiclePosition) {
    let (dx, dy) = (after.x - before.x, after.y - before.y);
    let turned = between_pi(after.rotation.yaw() - before.rotation.yaw());
    if dx.hypot(dy) > 0.01 && turned.abs() < 0.5 {
        let off = between_pi(dy.atan2(dx) - before.rotation.yaw() - turned / 2.0);
        assert!(off.abs() < 0.15, "{vehicle} drives {off} rad off its heading");
    }
}

fn between_pi(angle: f64) -> f64 {
    (angle + PI).rem_euclid(2.0 * PI) - PI
}

#[test]
fn vehicles_work_charge_and_fail_within_half_an_hour() {
    let mut observer = Observer::over(100, 7);
    for _ in 0..18_000 {
        observer.step(Duration::from_millis(100));
    }
    let seen: BTreeSet<_> = observer
        .vehicles
        .iter()
        .flat_map(|observed| observed.statuses.iter().copied())
        .collect();
    use VehicleStatus::{Charging, Error, Idle, Moving, Stopped};
    assert_eq!(seen, BTreeSet::from([Idle, Moving, Charging, Error, Stopped]));
    let faults: usize = observer.vehicles.iter().map(|observed| observed.faults).sum();
    assert!(
        (10..=150).contains(&faults),
        "{faults} faults in 50 hours of vehicle time"
    );
    for (vehicle, observed) in observer.vehicles.iter().enumerate() {
        assert!(
            observed.metres > 300.0,
            "{vehicle} drove only {} m",
            observed.metres
        );
        assert!(
            observed.loads >= 3,
            "{vehicle} took only {} loads",
            observed.loads
        );
        assert!(observed.statuses.contains(&Charging), "{vehicle} never charged");
    }
}

#[test]
fn faults_are_repaired() {
    let mut observer = Observer::over(100, 3);
    let mut since: BTreeMap<usize, i64> = BTreeMap::new();
    for _ in 0..6_000 {
        observer.step(Duration::from_millis(100));
        for (vehicle, observed) in observer.vehicles.iter().enumerate() {
            if observed
                .state
                .as_ref()
                .is_some_and(|state| !state.error_codes().is_empty())
            {
                let began = *since.entry(vehicle).or_insert(observer.now_ms);
                assert!(
                    observer.now_ms - began <= 31_000,
                    "{vehicle} waits for help in vain"
                );
            } else {
                since.remove(&vehicle);
            }
        }
    }
}

/// In this fleet, a vehicle fails in the step in which it arrives at its charger.
#[test]
fn a_vehicle_with_a_fault_does_not_charge() {
    let mut observer = Observer::over(190, 5_078_701_886_162_871_884);
    for _ in 0..50 {
        observer.step(Duration::from_millis(1_276));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn telemetry_of_any_fleet_at_any_pace_is_valid(
        vehicles in 1..230_usize, seed: u64, dt_ms in 5..1_500_u64, steps in 50..250_usize,
    ) {
        let mut observer = Observer::over(vehicles, seed);
        for _ in 0..steps {
            observer.step(Duration::from_millis(dt_ms));
        }
    }

    #[test]
    fn fleets_with_the_same_seed_behave_identically(vehicles in 1..130_usize, seed: u64, other: u64) {
        let life = |seed| {
            let mut fleet = Fleet::new(FleetOptions { vehicles, seed });
            let mut telemetry = Vec::new();
            for step in 0..100 {
                telemetry.extend(fleet.step(Duration::from_millis(200), at(step * 200)));
            }
            telemetry
        };
        prop_assert_eq!(life(seed), life(seed));
        prop_assert!(seed == other || life(seed) != life(other));
    }
}

#[test]
fn steps_in_parts_advance_every_vehicle_once() {
    let mut fleet = Fleet::new(FleetOptions::default());
    let mut telemetry = BTreeMap::new();
    for part in 0..7 {
        for Telemetry { vehicle, content } in fleet.step_part(part, 7, Duration::from_millis(100), at(0)) {
            if matches!(content, Content::Position { .. }) {
                *telemetry.entry(vehicle).or_insert(0) += 1;
            }
        }
    }
    assert_eq!(telemetry, (0..100).map(|vehicle| (vehicle, 1)).collect());
}

#[test]
fn every_draft_is_valid_and_has_a_unique_name() {
    let fleet = Fleet::new(FleetOptions {
        vehicles: 230,
        seed: 1,
    });
    let drafts: Vec<VehicleDraft> = fleet.vehicles().collect();
    assert_eq!(drafts.len(), 230);
    let names: BTreeSet<&str> = drafts.iter().map(|draft| draft.name.as_str()).collect();
    assert_eq!(names.len(), 230, "every name is unique");
    assert!(
        names.contains("Simulated AMR 001") && names.contains("Simulated FORKLIFT 023"),
        "{names:?}"
    );
    let of_kind = |kind| {
        drafts[..100]
            .iter()
            .filter(|draft| draft.details.kind() == kind)
            .count()
    };
    assert_eq!(
        VehicleType::ALL
            .iter()
            .map(|&kind| of_kind(kind))
            .collect::<Vec<_>>(),
        [45, 25, 20, 10]
    );
}

#[test]
fn four_vehicles_are_of_all_kinds() {
    let fleet = Fleet::new(FleetOptions { vehicles: 4, seed: 1 });
    let kinds: BTreeSet<VehicleType> = fleet.vehicles().map(|draft| draft.details.kind()).collect();
    assert_eq!(kinds.len(), 4);
}

#[test]
fn states_are_spread_over_the_second() {
    let mut fleet = Fleet::new(FleetOptions::default());
    let states = |telemetry: Vec<Telemetry>| {
        telemetry
            .iter()
            .filter(|telemetry| matches!(telemetry.content, Content::State(_)))
            .count()
    };
    let counts: Vec<usize> = (0..50)
        .map(|step| states(fleet.step(Duration::from_millis(100), at(step * 100))))
        .collect();
    assert_eq!(counts[0], 100, "at first, each vehicle reports its state");
    assert!(counts[1..].iter().all(|&count| count < 40), "{counts:?}");
}
