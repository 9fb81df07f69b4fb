//! The interface between a vehicle's tasks and its motion.

use rand::rngs::SmallRng;

use crate::pace::Drive;

pub(crate) trait Motion {
    /// Returns the speed in m/s.
    fn speed(&self) -> f64;

    /// Starts driving to another stop, one with a charger if required. Returns `false` if no such stop is free.
    fn set_out(&mut self, to_charge: bool, rng: &mut SmallRng) -> bool;

    /// Drives for `dt` seconds, at a speed of at most `wanted` (m/s). Returns `true` if the vehicle is at its stop.
    fn advance(&mut self, drive: Drive, wanted: f64, dt: f64, rng: &mut SmallRng) -> bool;
}

/// Maximum distance from its stop at which a vehicle is considered to have arrived, in metres.
pub(crate) const STANDS_WITHIN: f64 = 2e-3;
