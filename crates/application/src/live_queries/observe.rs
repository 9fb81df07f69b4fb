use std::collections::HashMap;

use domain::VehicleId;

use super::LiveQueries;
use crate::{
    live::CurrentState,
    observation::{Observation, Subject, is_complete},
};

impl LiveQueries {
    /// Returns an observation of each vehicle. Rights are not checked: the vehicles must be visible to the caller.
    pub async fn observe(&self, subjects: &[Subject]) -> HashMap<VehicleId, Observation> {
        let is_enough = |_: Subject, present: Option<&CurrentState>| present.is_some_and(is_complete);
        self.observer.observe(subjects, is_enough).await.collect()
    }

    /// Like [`LiveQueries::observe`], for frequent events. The live keys are only read for vehicles from which this
    /// server has received no message.
    pub async fn observe_for_event(&self, subjects: &[Subject]) -> HashMap<VehicleId, Observation> {
        let is_enough = |_: Subject, present: Option<&CurrentState>| {
            present.is_some_and(|present| present.connection.is_some())
        };
        self.observer.observe(subjects, is_enough).await.collect()
    }
}
