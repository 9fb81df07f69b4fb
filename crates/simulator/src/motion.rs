//! What a vehicle asks of its wheels, whatever they run on.

use rand::rngs::SmallRng;

use crate::pace::Drive;

/// A vehicle in its surroundings.
pub trait Motion {
    /// m/s
    fn speed(&self) -> f64;

    /// Sets out for another stop, one with a charger if need be. Tells whether there is one.
    fn set_out(&mut self, to_charge: bool, rng: &mut SmallRng) -> bool;

    /// Drives for `dt` seconds, at most at the speed `wanted` (m/s). Tells whether it has come to stand at its stop.
    fn advance(&mut self, drive: Drive, wanted: f64, dt: f64, rng: &mut SmallRng) -> bool;
}

/// How near to its stop a vehicle stands, in metres.
pub const STANDS_WITHIN: f64 = 2e-3;
