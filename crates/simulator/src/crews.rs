//! Vehicles that share a line or a floor.

use std::{sync::Arc, time::Duration};

use domain::telemetry::{Timestamp, VehicleRuntimeState};

use crate::{
    guided::{Guided, OnLine},
    layout::{Floor, Line},
    machine::Machine,
    pose::Pose,
    roaming::{OnFloor, Reservations, Roaming},
};

/// Vehicles on one line, each behind the next. Their order never changes.
#[derive(Debug)]
pub(crate) struct LineCrew {
    pub line: Arc<Line>,
    members: Vec<(Machine, Guided)>,
}

#[derive(Debug)]
pub(crate) struct FloorCrew {
    pub floor: Arc<Floor>,
    members: Vec<(Machine, Roaming)>,
    reservations: Reservations,
    /// x and y of each member in metres.
    places: Vec<(f64, f64)>,
}

impl LineCrew {
    pub(crate) fn new(line: Arc<Line>) -> Self {
        Self {
            line,
            members: Vec::new(),
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// Adds a vehicle and returns its index in the crew.
    pub(crate) fn add(&mut self, machine: Machine) -> usize {
        self.members.push((machine, Guided::new(&self.line, 0.0)));
        self.members.len() - 1
    }

    /// Distributes the vehicles evenly over the line, before the first step.
    pub(crate) fn spread_out(&mut self) {
        let apart = self.line.track.length() / self.members.len() as f64;
        for (index, (_, guided)) in self.members.iter_mut().enumerate() {
            *guided = Guided::new(&self.line, apart * index as f64);
        }
    }

    /// Returns the line, and a vehicle's place on it in metres.
    pub(crate) fn post_of(&self, member: usize) -> (&Line, f64) {
        (&self.line, self.members[member].1.at())
    }

    /// Advances one vehicle by `dt` seconds.
    pub(crate) fn tick(&mut self, member: usize, dt: f64) {
        let next = (member + 1) % self.members.len();
        let ahead = (next != member).then(|| self.members[next].1.at());
        let (machine, guided) = &mut self.members[member];
        machine.tick(
            &mut OnLine {
                guided,
                line: &self.line,
                ahead,
            },
            dt,
        );
    }

    /// Returns the pose of a vehicle, and its height in metres.
    pub(crate) fn place_of(&self, member: usize) -> (Pose, f64) {
        (
            self.line.track.pose_at(self.members[member].1.at()),
            self.line.height,
        )
    }

    /// Returns a vehicle's state if it is due: see [`Machine::report`].
    pub(crate) fn report(
        &mut self,
        member: usize,
        passed: Duration,
        now: Timestamp,
    ) -> Option<VehicleRuntimeState> {
        let (machine, guided) = &mut self.members[member];
        machine.report(guided.speed(), passed, now)
    }
}

impl FloorCrew {
    pub(crate) fn new(floor: Arc<Floor>) -> Self {
        Self {
            reservations: Reservations::new(&floor),
            floor,
            members: Vec::new(),
            places: Vec::new(),
        }
    }

    /// Adds a vehicle in a free berth and returns its index in the crew.
    pub(crate) fn add(&mut self, mut machine: Machine) -> usize {
        let roaming = Roaming::park(&self.floor, &mut self.reservations, machine.dice());
        self.places.push((roaming.pose().x, roaming.pose().y));
        self.members.push((machine, roaming));
        self.members.len() - 1
    }

    /// Advances one vehicle by `dt` seconds.
    pub(crate) fn tick(&mut self, member: usize, dt: f64) {
        let Self {
            floor,
            members,
            reservations,
            places,
        } = self;
        let (machine, roaming) = &mut members[member];
        machine.tick(
            &mut OnFloor {
                roaming,
                floor,
                reservations,
                others: places,
            },
            dt,
        );
        places[member] = (roaming.pose().x, roaming.pose().y);
    }

    /// Returns the pose of a vehicle.
    pub(crate) fn pose_of(&self, member: usize) -> Pose {
        self.members[member].1.pose()
    }

    /// Returns a vehicle's state if it is due: see [`Machine::report`].
    pub(crate) fn report(
        &mut self,
        member: usize,
        passed: Duration,
        now: Timestamp,
    ) -> Option<VehicleRuntimeState> {
        let (machine, roaming) = &mut self.members[member];
        machine.report(roaming.speed(), passed, now)
    }
}
