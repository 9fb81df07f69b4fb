use std::collections::HashMap;

use domain::VehicleId;

use super::{
    LiveQueries,
    observer::{Observation, Subject},
};
use crate::live::CurrentState;

impl LiveQueries {
    /// Returns an observation of each vehicle. It does not ask again whether the caller may see them: the vehicles come
    /// from a list that it was given.
    pub async fn observe(&self, subjects: &[Subject]) -> HashMap<VehicleId, Observation> {
        let is_enough = |_: Subject, present: Option<&CurrentState>| present.is_some_and(is_complete);
        self.observer.observe(subjects, is_enough).await.collect()
    }

    /// The same for events, of which there are many: the live keys are read only for vehicles that this server has not
    /// heard itself.
    pub async fn observe_for_event(&self, subjects: &[Subject]) -> HashMap<VehicleId, Observation> {
        let is_enough = |_: Subject, present: Option<&CurrentState>| {
            present.is_some_and(|present| present.connection.is_some())
        };
        self.observer.observe(subjects, is_enough).await.collect()
    }
}

/// Whether the live keys can't add anything.
fn is_complete(present: &CurrentState) -> bool {
    present.position.is_some() && present.state.is_some() && present.connection.is_some()
}
