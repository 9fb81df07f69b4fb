//! Driving freely through aisles: AMRs and forklifts. They keep to the right, slow down for corners and for each other,
//! and drive around vehicles that block their way.

use std::{collections::VecDeque, f64::consts::PI};

use rand::{Rng, rngs::SmallRng, seq::IteratorRandom};

use crate::{
    aisles::Leg,
    layout::{Berth, Floor, Purpose},
    motion::{Motion, STANDS_WITHIN},
    pace::Drive,
    pose::Pose,
};

/// Pose of a vehicle, and its route.
#[derive(Debug)]
pub(crate) struct Roaming {
    pose: Pose,
    leg: Leg,
    /// Legs after the current one.
    route: VecDeque<Leg>,
    /// Index of the berth that the vehicle is driving to or standing in.
    berth: usize,
    /// Speed in m/s.
    speed: f64,
    /// Seconds for which the vehicle has waited behind another one.
    waited: f64,
    /// Remaining seconds of driving around another vehicle.
    passing: f64,
}

/// Reservations of berths, by index.
#[derive(Debug)]
pub(crate) struct Reservations(Vec<bool>);

/// Distance of the lane from the middle of an aisle, in metres.
const LANE: f64 = 0.7;
/// Distance to the point that the vehicle steers towards, in metres.
const LOOK_AHEAD: f64 = 2.0;
/// Distance before a crossing at which a vehicle turns into the next leg, in metres.
const TURN_IN: f64 = 1.5;
/// Distance before a berth at which a vehicle leaves the lane, in metres.
const PULL_OVER: f64 = 5.0;
/// Curvature of the tightest arc, in 1/m.
const TIGHTEST: f64 = 1.6;
/// Speed around corners, in m/s.
const CORNERING: f64 = 0.7;
/// Distance kept to the middle of the vehicle ahead, in metres.
const SPACING: f64 = 1.5;
/// Distance to the side within which another vehicle blocks the way, in metres.
const IN_THE_WAY: f64 = 0.6;

impl Reservations {
    pub(crate) fn new(floor: &Floor) -> Self {
        Self(vec![false; floor.berths.len()])
    }

    /// Reserves a random free berth for a purpose, and returns its index; `None` if no such berth is free.
    pub(crate) fn take(&mut self, floor: &Floor, purpose: Purpose, rng: &mut SmallRng) -> Option<usize> {
        let fits = |&berth: &usize| !self.0[berth] && floor.berths[berth].purpose == purpose;
        let berth = (0..floor.berths.len()).filter(fits).choose(rng)?;
        self.0[berth] = true;
        Some(berth)
    }

    fn release(&mut self, berth: usize) {
        self.0[berth] = false;
    }
}

impl Roaming {
    /// Creates a vehicle that stands in a random free berth.
    pub(crate) fn park(floor: &Floor, reservations: &mut Reservations, rng: &mut SmallRng) -> Self {
        let berth = reservations.take(floor, Purpose::Work, rng);
        let berth = berth.expect("a floor has more berths than vehicles");
        let place = floor.berths[berth];
        Self {
            pose: floor.berth_pose(place),
            leg: place.leg,
            route: VecDeque::new(),
            berth,
            speed: 0.0,
            waited: 0.0,
            passing: 0.0,
        }
    }

    pub(crate) fn pose(&self) -> Pose {
        self.pose
    }

    pub(crate) fn speed(&self) -> f64 {
        self.speed
    }

    fn go_to(&mut self, floor: &Floor, berth: usize) {
        let Berth { leg, along, .. } = floor.berths[berth];
        let is_just_ahead = leg == self.leg && along > self.along(floor) + PULL_OVER;
        self.route = if is_just_ahead {
            VecDeque::new()
        } else {
            floor.aisles.route(self.leg, leg)
        };
        self.berth = berth;
    }

    /// Changes to the next leg near its crossing. Returns the distance driven on the current leg, in metres.
    fn turn_in(&mut self, floor: &Floor) -> f64 {
        let along = self.along(floor);
        if floor.aisles.length(self.leg) - along > TURN_IN {
            return along;
        }
        let Some(next) = self.route.pop_front() else {
            return along;
        };
        self.leg = next;
        self.along(floor)
    }

    fn along(&self, floor: &Floor) -> f64 {
        floor.aisles.start(self.leg).locate(self.pose.x, self.pose.y).0
    }

    fn steer(&mut self, bearing: f64, dt: f64) {
        // Pure pursuit: follow the arc from here through the point that the vehicle steers towards.
        let curvature = if bearing.abs() > PI / 2.0 {
            TIGHTEST * bearing.signum()
        } else {
            (2.0 * bearing.sin() / LOOK_AHEAD).clamp(-TIGHTEST, TIGHTEST)
        };
        self.pose = self.pose.driven(self.speed * dt, curvature);
        self.pose.heading = between_pi(self.pose.heading);
    }

    /// Returns the angle to the point that the vehicle steers towards, positive to the left.
    fn bearing(&self, floor: &Floor, along: f64, to_berth: Option<f64>) -> f64 {
        let aside = match to_berth {
            Some(left) if left < PULL_OVER => Floor::BERTH_ASIDE,
            _ if self.passing > 0.0 => -LANE,
            _ => LANE,
        };
        let goal = floor.aisles.start(self.leg).beside(along + LOOK_AHEAD, aside);
        let (ahead, right) = self.pose.locate(goal.x, goal.y);
        (-right).atan2(ahead)
    }

    fn speed_for_corner(&self, floor: &Floor, drive: Drive, along: f64) -> f64 {
        match self.route.front() {
            Some(next) if next.direction != self.leg.direction => {
                drive.speed_before(CORNERING, floor.aisles.length(self.leg) - TURN_IN - along)
            }
            _ => f64::INFINITY,
        }
    }

    /// Returns the free distance ahead in metres.
    fn room_ahead(&self, others: &[(f64, f64)]) -> f64 {
        let mut room = f64::INFINITY;
        for &(x, y) in others {
            let (ahead, right) = self.pose.locate(x, y);
            if ahead > 0.05 && right.abs() < IN_THE_WAY {
                room = room.min(ahead - SPACING);
            }
        }
        room
    }

    /// Waits while another vehicle blocks the way, then drives around it. The delay is random, which also resolves
    /// deadlocks between vehicles that wait for each other.
    fn keep_patience(&mut self, is_blocked: bool, dt: f64, rng: &mut SmallRng) {
        self.passing = (self.passing - dt).max(0.0);
        if !is_blocked || self.speed > 0.0 {
            self.waited = 0.0;
            return;
        }
        self.waited += dt;
        if self.waited > 3.0 && rng.random_bool((dt / 2.0).min(1.0)) {
            (self.waited, self.passing) = (0.0, 5.0);
        }
    }
}

/// A vehicle on its floor, with the other vehicles.
pub(crate) struct OnFloor<'a> {
    pub roaming: &'a mut Roaming,
    pub floor: &'a Floor,
    pub reservations: &'a mut Reservations,
    /// Places of all vehicles on the floor, including this one.
    pub others: &'a [(f64, f64)],
}

impl Motion for OnFloor<'_> {
    fn speed(&self) -> f64 {
        self.roaming.speed
    }

    fn set_out(&mut self, to_charge: bool, rng: &mut SmallRng) -> bool {
        let purposes: &[Purpose] = match self.floor.berths[self.roaming.berth].purpose {
            _ if to_charge => &[Purpose::Charge],
            Purpose::Dock => &[Purpose::Work],
            Purpose::Work | Purpose::Charge => &[Purpose::Dock, Purpose::Work],
        };
        let berth = purposes
            .iter()
            .find_map(|&purpose| self.reservations.take(self.floor, purpose, rng));
        if let Some(berth) = berth {
            // Release the berth only now, so that a vehicle that finds no other berth keeps it.
            self.reservations.release(self.roaming.berth);
            self.roaming.go_to(self.floor, berth);
        }
        berth.is_some()
    }

    fn advance(&mut self, drive: Drive, wanted: f64, dt: f64, rng: &mut SmallRng) -> bool {
        let Self {
            roaming,
            floor,
            others,
            ..
        } = self;
        let along = roaming.turn_in(floor);
        let to_berth = roaming
            .route
            .is_empty()
            .then(|| floor.berths[roaming.berth].along - along);
        let ahead = if roaming.passing > 0.0 {
            f64::INFINITY
        } else {
            roaming.room_ahead(others)
        };
        let room = to_berth.unwrap_or(f64::INFINITY).min(ahead);

        let bearing = roaming.bearing(floor, along, to_berth);
        let unhindered = wanted.min(roaming.speed_for_corner(floor, drive, along)) * bearing.cos().max(0.25);
        roaming.speed = drive.next_speed(roaming.speed, unhindered, room, dt);
        roaming.steer(bearing, dt);
        roaming.keep_patience(wanted > 0.0 && ahead < 0.1, dt, rng);
        roaming.speed == 0.0 && to_berth.is_some_and(|left| left < STANDS_WITHIN)
    }
}

fn between_pi(angle: f64) -> f64 {
    (angle + PI).rem_euclid(2.0 * PI) - PI
}
