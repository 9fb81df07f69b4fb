//! A simulated fleet for demos, load tests, and development without robots.
//!
//! A [`Fleet`] is plain data, without a clock or I/O: [`Fleet::step`] advances its vehicles and returns their messages.
//! Fleets with the same seed behave identically.
//!
//! ```
//! use std::time::Duration;
//!
//! use domain::telemetry::Timestamp;
//! use simulator::{Fleet, FleetOptions};
//!
//! let mut fleet = Fleet::new(FleetOptions { vehicles: 4, seed: 1 });
//! assert_eq!(fleet.vehicles().count(), 4);
//! let telemetry = fleet.step(Duration::from_millis(100), Timestamp::EPOCH);
//! assert_eq!(telemetry.len(), 8, "at first, each vehicle reports its position and its state");
//! ```
//!
//! * `fleet`, `hall`, `crews`: the vehicles. A hundred of them share a hall of 120 m × 80 m.
//! * `layout`, `track`, `aisles`: the lines and aisles on which the vehicles drive.
//! * `guided` (along lines and rails), `roaming` (freely through aisles), `pace`, `pose`: the motion.
//! * `machine`: tasks, batteries, loads and faults of all vehicles. `data_sheets`, `drafts`: the models.

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
