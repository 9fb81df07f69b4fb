//! A fleet in its halls.

use std::time::Duration;

use application::telemetry::{Content, Report};
use domain::{
    VehicleId,
    telemetry::{FrameId, Rotation, Timestamp, VehiclePosition},
    vehicle::VehicleDraft,
};

use crate::{
    hall::Hall,
    layout::{HALL_DEPTH, HALL_WIDTH, Layout},
};

/// How large a fleet, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FleetOptions {
    /// How many vehicles; each hundred has a hall of its own.
    pub vehicles: usize,
    /// Fleets of the same seed live the same life when they are stepped alike.
    pub seed: u64,
}

impl Default for FleetOptions {
    /// One full hall.
    fn default() -> Self {
        Self {
            vehicles: Hall::VEHICLES,
            seed: 1,
        }
    }
}

/// A fleet that moves.
#[derive(Debug)]
pub struct Fleet {
    halls: Vec<Hall>,
    vehicles: usize,
    frame: FrameId,
}

/// What a vehicle says.
#[derive(Debug, Clone, PartialEq)]
pub struct Telemetry {
    /// Which vehicle: its place in [`Fleet::vehicles`].
    pub vehicle: usize,
    /// Its position, or its state.
    pub content: Content,
}

impl Telemetry {
    /// The same as the report of a vehicle that the registry knows under `id`.
    #[must_use]
    pub fn report(self, id: VehicleId) -> Report {
        Report {
            vehicle_id: id,
            content: self.content,
            trace_parent: None,
        }
    }
}

impl Fleet {
    /// Puts a fleet together; everybody stands still at first.
    #[must_use]
    pub fn new(options: FleetOptions) -> Self {
        let FleetOptions { vehicles, seed } = options;
        let layout = Layout::new();
        let hall = |number| {
            let first = number * Hall::VEHICLES;
            Hall::new(number, &layout, first..vehicles.min(first + Hall::VEHICLES), seed)
        };
        Self {
            halls: (0..vehicles.div_ceil(Hall::VEHICLES)).map(hall).collect(),
            vehicles,
            frame: FrameId::new("map").expect("a constant name"),
        }
    }

    /// How many vehicles there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.vehicles
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.vehicles == 0
    }

    /// The vehicles, for a registry to take in.
    pub fn vehicles(&self) -> impl Iterator<Item = VehicleDraft> + '_ {
        self.halls.iter().flat_map(Hall::drafts)
    }

    /// Lets everybody live for `dt`. Every vehicle tells its position as it is `now`, after that time, and its
    /// state when its status, load or faults have changed, at least each second.
    pub fn step(&mut self, dt: Duration, now: Timestamp) -> Vec<Telemetry> {
        self.step_part(0, 1, dt, now)
    }

    /// Like [`Fleet::step`] for one part of the fleet only: every `parts`th vehicle, beginning with the `part`th.
    /// Who steps one part after the other spreads the fleet's messages over time.
    pub fn step_part(&mut self, part: usize, parts: usize, dt: Duration, now: Timestamp) -> Vec<Telemetry> {
        let mut told = Vec::with_capacity(self.vehicles / parts.max(1) * 5 / 4 + 1);
        for vehicle in (part..self.vehicles).step_by(parts.max(1)) {
            self.step_vehicle(vehicle, dt, now, &mut told);
        }
        told
    }

    fn step_vehicle(&mut self, vehicle: usize, dt: Duration, now: Timestamp, told: &mut Vec<Telemetry>) {
        let (number, seat) = (vehicle / Hall::VEHICLES, vehicle % Hall::VEHICLES);
        let hall = &mut self.halls[number];
        live(hall, seat, dt.as_secs_f64());
        let position = self.position(number, seat, now);
        told.push(Telemetry {
            vehicle,
            content: Content::Position {
                position,
                speed: None,
            },
        });
        if let Some(state) = self.halls[number].tell(seat, dt, now) {
            told.push(Telemetry {
                vehicle,
                content: Content::State(state),
            });
        }
    }

    fn position(&self, number: usize, seat: usize, now: Timestamp) -> VehiclePosition {
        let hall = &self.halls[number];
        let (pose, height) = hall.place_of(seat);
        let (west, south) = corner(number);
        VehiclePosition {
            x: west + pose.x,
            y: south + pose.y,
            z: height,
            rotation: Rotation::from_euler(0.0, 0.0, pose.heading).expect("a heading is a finite angle"),
            timestamp: now,
            frame_id: Some(self.frame.clone()),
            map_id: Some(hall.map.clone()),
        }
    }
}

/// A step's length does not change how a vehicle lives: long ones are lived in parts.
fn live(hall: &mut Hall, seat: usize, dt: f64) {
    const LONGEST: f64 = 0.1;
    let parts = (dt / LONGEST - 1e-9).ceil().max(1.0);
    for _ in 0..parts as u64 {
        hall.live(seat, dt / parts);
    }
}

/// Where a hall's south-west corner is, in metres from the origin of the site that all halls share.
fn corner(number: usize) -> (f64, f64) {
    const HALLS_PER_ROW: usize = 8;
    const BETWEEN_HALLS: f64 = 10.0;
    let (column, row) = (number % HALLS_PER_ROW, number / HALLS_PER_ROW);
    (
        column as f64 * (HALL_WIDTH + BETWEEN_HALLS),
        row as f64 * (HALL_DEPTH + BETWEEN_HALLS),
    )
}

#[cfg(test)]
mod tests;
