//! The state that each client has received, and the records of its reconnections.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::scale::Scale;
use crate::publish_log::PublishLog;

/// Status of vehicles whose status was never changed.
const INITIAL_STATUS: &str = "IDLE";

/// The last update and the status of a vehicle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) seq: u32,
    pub(super) status: String,
}

/// A reconnection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Return {
    /// Time that the server asked the client to wait.
    pub(super) asked: Duration,
    /// Time from the close frame until the client was subscribed again.
    pub(super) took: Duration,
}

impl Return {
    /// Returns the time that the reconnection took beyond the time that the client had to wait.
    pub(super) fn late(self) -> Duration {
        self.took.saturating_sub(self.asked)
    }
}

/// The state that a client has received.
#[derive(Debug, Default)]
pub(super) struct Picture {
    pub(super) is_subscribed: bool,
    /// The vehicles that the client knows, by their numbers.
    pub(super) vehicles: HashMap<u32, Known>,
    pub(super) returns: Vec<Return>,
    /// Refused handshakes, and sockets that ended without the close code 1012.
    pub(super) failures: Vec<String>,
}

impl Picture {
    /// Forgets the state, which the server sends again after each subscription.
    pub(super) fn begin(&mut self) {
        self.is_subscribed = false;
        self.vehicles.clear();
    }
}

/// A picture that is shared with the client that changes it.
#[derive(Debug, Clone, Default)]
pub(super) struct SharedPicture(Arc<Mutex<Picture>>);

impl SharedPicture {
    pub(super) fn lock(&self) -> MutexGuard<'_, Picture> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state that clients must have received once all changes have ended.
#[derive(Debug)]
pub(super) struct Truth(HashMap<u32, Known>);

impl Truth {
    /// Returns the newest update of each vehicle, and the last status that a request has set. The vehicles after the
    /// first `enabled` ones are disabled.
    pub(super) fn of(log: &PublishLog, enabled: u32, statuses: &HashMap<u32, &'static str>) -> Self {
        let known = |vehicle: u32| Known {
            seq: log.newest(vehicle),
            status: (*statuses.get(&vehicle).unwrap_or(&INITIAL_STATUS)).to_owned(),
        };
        Self((0..enabled).map(|vehicle| (vehicle, known(vehicle))).collect())
    }

    /// Returns `true` if a client that subscribes to a vehicle, or to all vehicles, has received the state.
    fn is_in(&self, picture: &Picture, vehicle: Option<u32>) -> bool {
        picture.is_subscribed
            && match vehicle {
                None => picture.vehicles == self.0,
                Some(vehicle) => {
                    picture.vehicles.get(&vehicle) == self.0.get(&vehicle)
                        && picture.vehicles.keys().all(|known| *known == vehicle)
                }
            }
    }
}

/// The pictures of all clients.
#[derive(Debug)]
pub(super) struct Pictures(Vec<SharedPicture>);

impl Pictures {
    pub(super) fn of(clients: u32) -> Self {
        Self((0..clients).map(|_| SharedPicture::default()).collect())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &SharedPicture> {
        self.0.iter()
    }

    pub(super) fn are_all_subscribed(&self) -> bool {
        self.iter().all(|picture| picture.lock().is_subscribed)
    }

    /// Returns the number of clients that have not received the state.
    pub(super) fn wrong(&self, scale: &Scale, truth: &Truth) -> usize {
        let pictures = (0..).zip(self.iter());
        pictures
            .filter(|(client, picture)| !truth.is_in(&picture.lock(), scale.vehicle_of(*client)))
            .count()
    }

    /// Returns the reconnections and failures of all clients.
    pub(super) fn into_records(self) -> (Vec<Return>, Vec<String>) {
        let (mut returns, mut failures) = (Vec::new(), Vec::new());
        for picture in self.iter() {
            let mut picture = picture.lock();
            returns.append(&mut picture.returns);
            failures.append(&mut picture.failures);
        }
        (returns, failures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Nanos;

    fn known(seq: u32, status: &str) -> Known {
        Known {
            seq,
            status: status.to_owned(),
        }
    }

    #[test]
    fn a_picture_must_equal_the_state() {
        let log = PublishLog::new(3, 2);
        for vehicle in [0, 1, 1, 2] {
            log.publish(vehicle, Nanos(1));
        }
        let truth = Truth::of(&log, 2, &HashMap::from([(1, "STOPPED")]));
        let mut picture = Picture {
            is_subscribed: true,
            ..Picture::default()
        };
        picture.vehicles.insert(1, known(2, "STOPPED"));
        assert!(truth.is_in(&picture, Some(1)));
        assert!(!truth.is_in(&picture, Some(0)));
        assert!(!truth.is_in(&picture, None));
        picture.vehicles.insert(0, known(1, "IDLE"));
        assert!(truth.is_in(&picture, None));
        assert!(!truth.is_in(&picture, Some(1)));
        picture.vehicles.insert(2, known(1, "IDLE"));
        assert!(!truth.is_in(&picture, None), "the vehicle is disabled");
        picture.vehicles.clear();
        assert!(truth.is_in(&picture, Some(2)));
        picture.vehicles.insert(1, known(1, "STOPPED"));
        assert!(!truth.is_in(&picture, Some(1)), "the update is not the newest");
        picture.begin();
        assert!(!truth.is_in(&picture, Some(2)));
    }
}
