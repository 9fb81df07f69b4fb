//! Use cases that read or stream the current state of vehicles, one file each.

mod conflated;
mod known_vehicles;
mod near;
mod observe;
mod observer;
mod position;
mod presence;
mod runtime_state;
#[cfg(test)]
mod sample;
mod selection;
mod stream_positions;
mod survey;
mod transition;
mod vehicle_event;
mod watch_registry;
mod watch_vehicles;

use std::{sync::Arc, time::Duration};

use domain::telemetry::FreshnessRules;

use crate::{
    live::Live,
    ports::{Ports, PositionStore, StateStore},
};

use observer::Observer;
use presence::Presence;

pub use near::{Circle, MAX_NEIGHBOURS, Neighbour, Neighbourhood};
pub use observer::{Observation, Subject};
pub use selection::SeenVehicle;
pub use stream_positions::{MAX_INTERVAL, PositionUpdate};
pub use survey::{Aspect, MAX_SURVEY_IDS, Sighting, Survey, SurveyFilter};
pub use vehicle_event::{ConnectionChange, RemovalReason, VehicleEvent};
pub use watch_registry::News;

#[cfg(test)]
pub(crate) use sample::a_vehicle;

pub struct LiveQueries {
    presence: Presence,
    positions: Arc<dyn PositionStore>,
    states: Arc<dyn StateStore>,
    observer: Observer,
    /// Default minimum interval between two streamed positions of the same vehicle.
    interval: Duration,
}

impl LiveQueries {
    /// Creates the use cases. They read the live core and, for data that it does not have, the stores. Unless a caller
    /// sets another interval, streams contain at most one position of each vehicle per `interval`.
    #[must_use]
    pub fn new(ports: &Ports, live: Arc<Live>, freshness: FreshnessRules, interval: Duration) -> Self {
        Self {
            observer: Observer {
                live: Arc::clone(&live),
                keys: Arc::clone(&ports.keys),
                clock: Arc::clone(&ports.clock),
                freshness,
            },
            presence: Presence {
                live,
                repository: Arc::clone(&ports.vehicles),
            },
            positions: Arc::clone(&ports.positions),
            states: Arc::clone(&ports.states),
            interval,
        }
    }
}
