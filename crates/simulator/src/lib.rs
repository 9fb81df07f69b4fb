//! A fleet that moves like one: for demos, load tests, and everybody who has no robots at hand.
//!
//! A [`Fleet`] is plain data. It has no clock and no I/O: [`Fleet::step`] lets its vehicles live for a while and gives
//! what they say meanwhile. Fleets of the same seed live the same life.
//!
//! ```
//! use std::time::Duration;
//!
//! use domain::telemetry::Timestamp;
//! use simulator::{Fleet, FleetOptions};
//!
//! let mut fleet = Fleet::new(FleetOptions { vehicles: 4, seed: 1 });
//! assert_eq!(fleet.vehicles().count(), 4);
//! let told = fleet.step(Duration::from_millis(100), Timestamp::EPOCH);
//! assert_eq!(told.len(), 8, "at first, each tells its position and its state");
//! ```
//!
//! * `fleet`, `hall`, `crews`: who there is. A hall of 120 m × 80 m is shared by a hundred vehicles.
//! * `layout`, `track`, `aisles`: where they can drive.
//! * `guided` along lines and rails, `roaming` freely through aisles, both with a `pace` and a `pose`.
//! * `machine`: tasks, batteries, loads and faults, which all have. `data_sheets`, `drafts`: the models.

mod aisles;
mod crews;
mod data_sheets;
mod drafts;
mod fleet;
mod guided;
mod hall;
mod layout;
mod machine;
mod motion;
mod pace;
mod pose;
mod roaming;
mod track;

pub use fleet::{Fleet, FleetOptions, Telemetry};
