//! The history of a round: the writes of clients with their outcomes, the positions that robots have published, and
//! the data that watchers have received. Times are relative to the start of the round.

use std::{collections::BTreeMap, time::Duration};

/// Everything that clients have done and seen.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    pub(super) writes: Vec<Write>,
    pub(super) reads: Vec<Read>,
    pub(super) publications: Vec<Publication>,
    pub(super) sights: Vec<Sight>,
    pub(super) troubles: Vec<Trouble>,
    /// The current state of the fleet, as each watcher shows it.
    pub(super) pictures: BTreeMap<usize, Picture>,
}

/// A change to the registry, requested by a client.
#[derive(Debug, Clone)]
pub(super) struct Write {
    /// Id of the request, which the audit log records.
    pub(super) request: String,
    pub(super) writer: usize,
    pub(super) change: Change,
    /// The vehicle; `None` for a registration.
    pub(super) vehicle: Option<String>,
    /// Version to which the change applies (`If-Match`); 0 for a registration.
    pub(super) expected: u64,
    pub(super) invoked: Duration,
    pub(super) ended: Duration,
    pub(super) outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// Registers a vehicle whose name and model are the id of the request.
    Create,
    Model(String),
    Status(String),
    Enabled(bool),
    Delete,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The server has confirmed the change, with the vehicle's new version.
    Acknowledged { vehicle: String, version: u64 },
    /// The server has rejected the change, or the request was not sent.
    Rejected(String),
    /// The change may have taken effect: there was no answer, or an inconclusive one.
    Unknown(String),
}

impl Write {
    /// Returns the version of the vehicle after this change.
    pub(super) const fn version(&self) -> u64 {
        self.expected + 1
    }

    pub(super) const fn is_acknowledged(&self) -> bool {
        matches!(self.outcome, Outcome::Acknowledged { .. })
    }
}

/// An answered request for a vehicle.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub(super) vehicle: String,
    /// The vehicle's version; `None` if it was not found.
    pub(super) version: Option<u64>,
    pub(super) invoked: Duration,
    pub(super) ended: Duration,
}

/// A position that a robot has published. A robot numbers its positions from 1.
#[derive(Debug, Clone)]
pub(super) struct Publication {
    pub(super) vehicle: String,
    pub(super) number: u64,
    /// Time just before it was sent.
    pub(super) at: Duration,
    /// Whether Redis has confirmed it.
    pub(super) is_acknowledged: bool,
}

/// A position or version in an event that a watcher has received.
#[derive(Debug, Clone)]
pub(super) struct Sight {
    pub(super) watcher: usize,
    /// Number of the watcher's connection.
    pub(super) session: usize,
    pub(super) vehicle: String,
    pub(super) seen: Seen,
    pub(super) at: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// Number of a position.
    Position(u64),
    /// Version of a vehicle.
    Version(u64),
}

/// A sign of a fault that a client has noticed.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    pub(super) sign: String,
    pub(super) at: Duration,
}

/// The fleet, by vehicle id.
pub(super) type Picture = BTreeMap<String, Shown>;

/// A vehicle as a watcher shows it. A value that is `None` is never known to this kind of watcher, or is not known yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) version: Option<u64>,
    pub(super) model: Option<String>,
    pub(super) status: Option<String>,
    pub(super) is_enabled: Option<bool>,
    /// Number of the newest position.
    pub(super) position: Option<u64>,
}

/// The state of the system after a round, as REST and Redis return it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Truth {
    pub(super) vehicles: BTreeMap<String, Vehicle>,
    /// Numbers of the positions, by vehicle.
    pub(super) positions: BTreeMap<String, u64>,
    /// Numbers of the positions in the live keys of active vehicles.
    pub(super) keys: BTreeMap<String, u64>,
    /// Entries about changes that writers have made to vehicles.
    pub(super) audit: Vec<AuditEntry>,
}

/// A vehicle in the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Vehicle {
    pub(super) version: u64,
    pub(super) name: String,
    pub(super) model: String,
    pub(super) status: String,
    pub(super) is_enabled: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AuditEntry {
    pub(super) request: String,
    pub(super) vehicle: String,
}
