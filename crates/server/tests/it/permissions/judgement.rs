//! Comparison of observed outcomes with the table and the rule of scopes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use domain::Operation;

use super::{
    ask::Outcome,
    probe::{Endpoint, Order},
    reach::{Standpoint, Subject},
    table::Table,
};

/// A case and its outcome.
#[derive(Debug, Clone)]
pub(super) struct Observation {
    pub operation: Operation,
    pub endpoint: Endpoint,
    pub probe: String,
    pub standpoint: Standpoint,
    pub subject: Subject,
    pub order: Order,
    pub outcome: Outcome,
}

impl Observation {
    /// Returns the outcome that a table predicts.
    pub(super) fn predicted(&self, table: &Table) -> Outcome {
        let is_allowed = table.allows(self.operation, self.standpoint.effective());
        let is_within = self.subject.is_within(self.standpoint);
        // The second id in a request is resolved only once the operation is allowed.
        let (is_known, _) = self.subject.parts_within(self.standpoint);
        match (is_allowed, self.order) {
            (true, _) if is_within => Outcome::Done,
            (true, _) => Outcome::Absent,
            (false, Order::SubjectFirst) if !is_known => Outcome::Absent,
            (false, _) => Outcome::Forbidden,
        }
    }
}

impl fmt::Display for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operation,
            endpoint,
            probe,
            standpoint,
            subject,
            outcome,
            ..
        } = self;
        let standing = standpoint.standing.as_str();
        write!(
            f,
            "{operation} at {endpoint} ({probe}) by {standing} reaching {:?} to {} on {subject:?}: {outcome}",
            standpoint.reach, standpoint.ceiling
        )
    }
}

/// Describes the cases whose outcome differs from the prediction.
pub(super) fn differences(table: &Table, observations: &[Observation]) -> Vec<String> {
    observations
        .iter()
        .map(|observation| (observation, observation.predicted(table)))
        .filter(|(observation, predicted)| observation.outcome != *predicted)
        .map(|(observation, predicted)| format!("{observation}, not {predicted}"))
        .collect()
}

/// Returns the cells that could be flipped without any case at an endpoint failing, each with the endpoint.
pub(super) fn unchecked_cells(table: &Table, observations: &[Observation]) -> Vec<String> {
    let endpoints: BTreeSet<_> = observations
        .iter()
        .map(|seen| (seen.operation, seen.endpoint))
        .collect();
    let mut unchecked = Vec::new();
    for cell in table.cells() {
        let mutant = table.with_flipped(cell);
        for (operation, endpoint) in endpoints.iter().filter(|(operation, _)| *operation == cell.0) {
            let is_noticed = observations
                .iter()
                .filter(|seen| seen.operation == *operation && seen.endpoint == *endpoint)
                .any(|seen| seen.outcome != seen.predicted(&mutant));
            if !is_noticed {
                unchecked.push(format!("{operation} for {} at {endpoint}", cell.1.as_str()));
            }
        }
    }
    unchecked
}

/// Formats the number of cases by operation and endpoint.
pub(super) fn summary(observations: &[Observation]) -> String {
    let mut counts: BTreeMap<(Operation, Endpoint), usize> = BTreeMap::new();
    for Observation {
        operation, endpoint, ..
    } in observations
    {
        *counts.entry((*operation, *endpoint)).or_default() += 1;
    }
    let mut text = format!("{} cases of the permission matrix:\n", observations.len());
    for ((operation, endpoint), count) in counts {
        text += &format!(
            "{:22} {:18} {count:5}\n",
            operation.as_str(),
            endpoint.to_string()
        );
    }
    text
}
