//! Use cases that read or stream the current state of vehicles, one file each.

mod clear_cache;
mod conflated;
mod known_vehicles;
mod near;
mod observe;
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

use crate::{live::Live, observation::Observer, ports::Ports};

use presence::Presence;

pub use crate::observation::{Observation, Subject};
pub use near::{Circle, MAX_NEIGHBOURS, Neighbour, Neighbourhood};
pub use selection::SeenVehicle;
pub use stream_positions::{MAX_INTERVAL, PositionUpdate};
pub use survey::{Aspect, MAX_SURVEY_IDS, Sighting, Survey, SurveyFilter};
pub use vehicle_event::{ConnectionChange, RemovalReason, VehicleEvent};
pub use watch_registry::News;

#[cfg(test)]
pub(crate) use sample::a_vehicle;

pub struct LiveQueries {
    presence: Presence,
    observer: Observer,
    /// Default minimum interval between two streamed positions of the same vehicle.
    interval: Duration,
}

impl LiveQueries {
    /// Creates the use cases. They read the live core and, for data that it does not have, the live keys. Unless a
    /// caller sets another interval, streams contain at most one position of each vehicle per `interval`.
    pub(crate) fn new(ports: &Ports, live: Arc<Live>, observer: Observer, interval: Duration) -> Self {
        Self {
            observer,
            presence: Presence {
                live,
                repository: Arc::clone(&ports.vehicles),
            },
            interval,
        }
    }
}
