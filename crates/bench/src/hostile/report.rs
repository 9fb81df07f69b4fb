//! Results of all requests, attacks and the import of a hostile run.

use std::time::Duration;

use super::{
    Scale,
    floods::{Answers, Flood},
    import::Import,
    requests::Cost,
    watch::Seen,
};
use crate::{measure::Outcome, report::Machine};

/// Results of a flood.
#[derive(Debug, Clone)]
pub(super) struct Attack {
    /// `None` for the load alone.
    pub(super) flood: Option<Flood>,
    pub(super) answers: Answers,
    pub(super) outcome: Outcome,
    pub(super) seen: Seen,
}

impl Attack {
    pub(super) fn title(&self) -> &'static str {
        self.flood.map_or("the load by itself", Flood::title)
    }

    /// Returns `true` if the flood comes from a vehicle rather than from clients.
    pub(super) fn is_by_publisher(&self) -> bool {
        self.flood == Some(Flood::BigMessages)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct HostileReport {
    pub(super) machine: Machine,
    pub(super) day: String,
    pub(super) measured: Duration,
    pub(super) scale: Scale,
    pub(super) costs: Vec<Cost>,
    pub(super) attacks: Vec<Attack>,
    pub(super) import: Import,
    pub(super) bytes_before: u64,
    pub(super) bytes_after: u64,
}

pub(super) fn mebibytes(bytes: u64) -> u64 {
    bytes >> 20
}
