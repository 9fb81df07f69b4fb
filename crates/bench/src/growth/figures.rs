//! Results of each load and series, from which the exponents are calculated.

use super::exponent::exponent;
use crate::{measure::Outcome, workload::Workload};

/// Result of one load.
#[derive(Debug, Clone)]
pub(super) struct Point {
    pub load: Workload,
    pub outcome: Outcome,
    /// CPU seconds of the server per second.
    pub cores: f64,
}

/// Results of a series.
#[derive(Debug, Clone)]
pub(super) struct Growth {
    pub name: &'static str,
    pub points: Vec<Point>,
}

impl Growth {
    /// Returns the number of deliveries per second and the CPU seconds per second of each load.
    pub(super) fn curve(&self) -> Vec<(f64, f64)> {
        self.points
            .iter()
            .map(|point| (point.outcome.deliveries_per_s(), point.cores))
            .collect()
    }

    /// Returns the exponent of the CPU time as a power of the number of deliveries.
    pub(super) fn exponent(&self) -> Option<f64> {
        exponent(&self.curve())
    }
}
