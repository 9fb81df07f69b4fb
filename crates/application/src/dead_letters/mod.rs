//! Use cases about dead letters, the rejected messages from robots: administrators list, replay and drop them.

mod drop;
mod judge;
mod list;
mod ownership;
mod pace;
mod replay;
mod selection;
mod turns;

use std::{num::NonZero, sync::Arc};

use crate::{
    live::{Live, LiveRules},
    ports::{AuditLog, DeadLetters, Leases, Ports, TelemetryBus, VehicleRepository},
};

use judge::Judge;
use pace::Pace;

pub use drop::DroppedLetters;
pub use replay::{ReplayOutcome, ReplayedLetters};
pub use selection::{DeadLetterBatch, DeadLetterFilter, DeadLetterQuery};

/// The use cases about dead letters. Administrators of an organisation see the letters that name a vehicle of the
/// organisation. Those that name no registered vehicle exist only for callers who see everything.
pub struct DeadLetterAdministration {
    letters: Arc<dyn DeadLetters>,
    vehicles: Arc<dyn VehicleRepository>,
    bus: Arc<dyn TelemetryBus>,
    audit: Arc<dyn AuditLog>,
    leases: Arc<dyn Leases>,
    judge: Judge,
    pace: Pace,
}

impl DeadLetterAdministration {
    /// Creates the use cases of a server, whose live core receives all messages.
    #[must_use]
    pub(crate) fn new(ports: &Ports, live: Arc<Live>, max_messages_per_vehicle: NonZero<u32>) -> Self {
        Self::judged_by(Judge::live(live), ports, max_messages_per_vehicle)
    }

    /// Creates the use cases of a command, which receives no messages. It judges letters against the registry and the
    /// live keys.
    #[must_use]
    pub fn beside_servers(ports: &Ports, rules: LiveRules, max_messages_per_vehicle: NonZero<u32>) -> Self {
        Self::judged_by(Judge::stored(ports, rules), ports, max_messages_per_vehicle)
    }

    fn judged_by(judge: Judge, ports: &Ports, max_messages_per_vehicle: NonZero<u32>) -> Self {
        Self {
            letters: Arc::clone(&ports.dead_letters),
            vehicles: Arc::clone(&ports.vehicles),
            bus: Arc::clone(&ports.bus),
            audit: Arc::clone(&ports.audit),
            leases: Arc::clone(&ports.leases),
            judge,
            pace: Pace::below(max_messages_per_vehicle),
        }
    }
}
