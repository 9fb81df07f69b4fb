//! Driving along a line: AGVs and OHTs, which never overtake.

use rand::{Rng, rngs::SmallRng};

use crate::{
    layout::{Line, LineStop},
    motion::{Motion, STANDS_WITHIN},
    pace::Drive,
};

/// Place of a vehicle on its line, and its destination.
#[derive(Debug)]
pub(crate) struct Guided {
    /// Metres from the line's origin.
    at: f64,
    /// Index of the stop that the vehicle is driving to or standing at.
    stop: usize,
    /// Metres to that stop in the direction of travel.
    to_go: f64,
    /// Speed in m/s.
    speed: f64,
}

/// Maximum lateral acceleration in a bend, in m/s².
const SIDEWAYS: f64 = 0.6;

impl Guided {
    /// Creates a vehicle that stands on the line, with the next stop as its destination.
    pub(crate) fn new(line: &Line, at: f64) -> Self {
        let at = line.track.wrapped(at);
        let next = line.stops.partition_point(|stop| stop.at < at) % line.stops.len();
        let mut guided = Self {
            at,
            stop: next,
            to_go: 0.0,
            speed: 0.0,
        };
        guided.go_to(line, next);
        guided
    }

    /// Returns the distance from the line's origin in metres.
    pub(crate) fn at(&self) -> f64 {
        self.at
    }

    pub(crate) fn speed(&self) -> f64 {
        self.speed
    }

    fn go_to(&mut self, line: &Line, stop: usize) {
        let LineStop { at, .. } = line.stops[stop];
        (self.stop, self.to_go) = (stop, line.track.wrapped(at - self.at));
    }
}

/// A vehicle on its line, with the place of the vehicle ahead.
pub(crate) struct OnLine<'a> {
    pub guided: &'a mut Guided,
    pub line: &'a Line,
    /// Place of the next vehicle, in metres from the line's origin; `None` if this is the only vehicle on the line.
    pub ahead: Option<f64>,
}

impl Motion for OnLine<'_> {
    fn speed(&self) -> f64 {
        self.guided.speed
    }

    fn set_out(&mut self, to_charge: bool, rng: &mut SmallRng) -> bool {
        let stops = &self.line.stops;
        let ahead = |steps: usize| (self.guided.stop + steps) % stops.len();
        let charger = (1..stops.len()).map(ahead).find(|&stop| stops[stop].has_charger);
        match charger {
            Some(stop) if to_charge => self.guided.go_to(self.line, stop),
            _ => self
                .guided
                .go_to(self.line, ahead(rng.random_range(1..stops.len()))),
        }
        true
    }

    fn advance(&mut self, drive: Drive, wanted: f64, dt: f64, _: &mut SmallRng) -> bool {
        let Self { guided, line, ahead } = self;
        let gap = ahead.map_or(f64::INFINITY, |ahead| line.track.wrapped(ahead - guided.at));
        let in_bend = (SIDEWAYS * line.track.radius()).sqrt();
        let wanted = wanted.min(drive.speed_before(in_bend, line.track.room_before_bend(guided.at)));
        let room = guided.to_go.min(gap - line.spacing);
        guided.speed = drive.next_speed(guided.speed, wanted, room, dt);
        let driven = (guided.speed * dt).min(guided.to_go);
        guided.at = line.track.wrapped(guided.at + driven);
        guided.to_go -= driven;
        guided.speed == 0.0 && guided.to_go < STANDS_WITHIN
    }
}
