//! The judgement of replayed messages, by the same rules as messages from robots.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ::live::Core;
use domain::{AccessScope, VehicleId};
use parking_lot::Mutex;

use crate::{
    Moment,
    error::Result,
    live::{Live, LiveRules},
    ports::{Clock, LiveKeys, Ports, VehicleRepository},
    telemetry::{Channel, Rejection, Report},
};

/// Source of the vehicle data against which replayed messages are judged.
pub(super) enum Judge {
    /// The live core of a server, which receives all messages.
    Live(Arc<Live>),
    /// The registry and the live keys, for a command.
    Stored(Box<Stored>),
}

pub(super) struct Stored {
    vehicles: Arc<dyn VehicleRepository>,
    keys: Arc<dyn LiveKeys>,
    clock: Arc<dyn Clock>,
    rules: LiveRules,
    /// The newest reports that this process has published. The servers may not have written them to the live keys yet.
    published: Mutex<BTreeMap<(VehicleId, Channel), Report>>,
}

impl Judge {
    pub(super) const fn live(live: Arc<Live>) -> Self {
        Self::Live(live)
    }

    pub(super) fn stored(ports: &Ports, rules: LiveRules) -> Self {
        Self::Stored(Box::new(Stored {
            vehicles: Arc::clone(&ports.vehicles),
            keys: Arc::clone(&ports.keys),
            clock: Arc::clone(&ports.clock),
            rules,
            published: Mutex::default(),
        }))
    }

    /// Prepares to judge messages from these vehicles.
    pub(super) async fn prepare(&self, ids: &BTreeSet<VehicleId>) -> Result<Rehearsal> {
        let ids: Vec<_> = ids.iter().copied().collect();
        match self {
            Self::Live(live) => {
                let (core, now) = live.rehearsal(&ids);
                Ok(Rehearsal {
                    core,
                    rules: *live.rules(),
                    now,
                })
            }
            Self::Stored(stored) => stored.prepare(&ids).await,
        }
    }

    /// Records that reports have been published.
    pub(super) fn published(&self, reports: &[Report]) {
        if let Self::Stored(stored) = self {
            let mut published = stored.published.lock();
            for report in reports {
                published.insert((report.vehicle_id, report.channel()), report.clone());
            }
        }
    }
}

impl Stored {
    async fn prepare(&self, ids: &[VehicleId]) -> Result<Rehearsal> {
        let vehicles = self.vehicles.find_by_ids(&AccessScope::All, ids).await?;
        let records = self.keys.read(ids).await?;
        let now = self.clock.now();
        let mut core = Core::new(self.rules, now);
        for vehicle in &vehicles {
            core.upsert(vehicle, now);
        }
        for record in records {
            core.restore(record, now);
        }
        for (_, report) in self
            .published
            .lock()
            .iter()
            .filter(|((id, _), _)| ids.contains(id))
        {
            // Fails if the keys contain newer data.
            let _ = core.apply(report.clone(), now, now);
        }
        Ok(Rehearsal {
            core,
            rules: self.rules,
            now,
        })
    }
}

/// Copies of vehicles, on which messages are judged as if they were arriving now, one after the other.
pub(super) struct Rehearsal {
    core: Core,
    rules: LiveRules,
    now: Moment,
}

impl Rehearsal {
    /// Judges a message, which consists of one or more reports. It is accepted if all of them are. A rejected message
    /// does not influence later ones: it is not published, so the servers do not learn of it.
    pub(super) fn judge(&mut self, reports: &[Report]) -> Result<(), Rejection> {
        let ids: Vec<_> = reports.iter().map(|report| report.vehicle_id).collect();
        let mut trial = Core::new(self.rules, self.now);
        self.core.copy_vehicles(&ids, &mut trial);
        apply(&mut trial, reports, self.now)?;
        apply(&mut self.core, reports, self.now)
    }
}

fn apply(core: &mut Core, reports: &[Report], now: Moment) -> Result<(), Rejection> {
    for report in reports {
        core.apply(report.clone(), now, now)?;
    }
    Ok(())
}
