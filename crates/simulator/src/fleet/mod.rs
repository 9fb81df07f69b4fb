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

/// Options of a fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FleetOptions {
    /// Number of vehicles. Each group of a hundred has a separate hall.
    pub vehicles: usize,
    /// Seed of the random numbers. Fleets with the same seed and the same steps behave identically.
    pub seed: u64,
}

impl Default for FleetOptions {
    /// Returns the options of one full hall.
    fn default() -> Self {
        Self {
            vehicles: Hall::VEHICLES,
            seed: 1,
        }
    }
}

#[derive(Debug)]
pub struct Fleet {
    halls: Vec<Hall>,
    vehicles: usize,
    frame: FrameId,
}

/// A message from a vehicle.
#[derive(Debug, Clone, PartialEq)]
pub struct Telemetry {
    /// Index of the vehicle in [`Fleet::vehicles`].
    pub vehicle: usize,
    pub content: Content,
}

impl Telemetry {
    /// Converts the message to a report of the vehicle, which is registered under `id`.
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
    /// Creates a fleet in which all vehicles stand still.
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

    /// Returns the number of vehicles.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.vehicles
    }

    /// Returns `true` if there are no vehicles.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.vehicles == 0
    }

    /// Returns drafts of all vehicles, for the registry.
    pub fn vehicles(&self) -> impl Iterator<Item = VehicleDraft> + '_ {
        self.halls.iter().flat_map(Hall::drafts)
    }

    /// Advances all vehicles by `dt`. Returns the position of every vehicle at `now`, the time after the step, and the
    /// states of those whose status, load or faults have changed. Unchanged states are returned once per second.
    pub fn step(&mut self, dt: Duration, now: Timestamp) -> Vec<Telemetry> {
        self.step_part(0, 1, dt, now)
    }

    /// Advances only one part of the fleet, like [`Fleet::step`]: every `parts`th vehicle, starting with the one at
    /// index `part`. Stepping one part after another spreads the fleet's messages over time.
    pub fn step_part(&mut self, part: usize, parts: usize, dt: Duration, now: Timestamp) -> Vec<Telemetry> {
        let mut reported = Vec::with_capacity(self.vehicles / parts.max(1) * 5 / 4 + 1);
        for vehicle in (part..self.vehicles).step_by(parts.max(1)) {
            self.step_vehicle(vehicle, dt, now, &mut reported);
        }
        reported
    }

    fn step_vehicle(&mut self, vehicle: usize, dt: Duration, now: Timestamp, reported: &mut Vec<Telemetry>) {
        let (number, seat) = (vehicle / Hall::VEHICLES, vehicle % Hall::VEHICLES);
        let hall = &mut self.halls[number];
        tick(hall, seat, dt.as_secs_f64());
        let position = self.position(number, seat, now);
        reported.push(Telemetry {
            vehicle,
            content: Content::Position {
                position,
                speed: None,
            },
        });
        if let Some(state) = self.halls[number].report(seat, dt, now) {
            reported.push(Telemetry {
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

/// Advances a vehicle by `dt` seconds, in steps of at most 0.1 s, so that the behaviour hardly depends on `dt`.
fn tick(hall: &mut Hall, seat: usize, dt: f64) {
    const LONGEST: f64 = 0.1;
    // The tolerance prevents a step of 0.1 s from being divided because of a rounding error.
    let parts = (dt / LONGEST - 1e-9).ceil().max(1.0);
    for _ in 0..parts as u64 {
        hall.tick(seat, dt / parts);
    }
}

/// Returns the south-west corner of a hall, in metres from the origin of the site that all halls share.
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
