//! VehicleSyncService (SyncVehicleData): keeps the registry, the live tables of the servers and the live keys
//! consistent.
//!
//! Keys can vanish without notice, through `FLUSHALL`, eviction or `DEL`, and other programs can write to them. The
//! keys of a parked vehicle that sends nothing would never be written again. Every server therefore compares all of
//! them every few seconds, and the newer data wins on both sides. It also compares its live table with the registry.
//! The comparison is cheap: it reads the members of the two rolls, page by page, and the keys of each vehicle, unless
//! they were written recently.
//!
//! Every server reads everything, because a message that reached only some servers reaches the others through the keys.
//! Repairs are divided: a server rewrites the keys of a vehicle only while it has the lease of that vehicle, and a
//! member is added to or removed from a roll by the server whose command has an effect. Each mismatch of the keys is
//! therefore repaired, counted and announced by one server. A lease per vehicle needs no leader, so a server that knows
//! the data of a vehicle can repair its keys whatever the other servers know.
//!
//! * `auto`: the periodic synchronisation, and that of vehicles that have changed.
//! * `all`, `single`: the synchronisation of all vehicles, and of one.
//! * `keys`, `rolls`, `registry`: the comparisons and repairs.
//! * `disputes`: keys for which several servers have different content.
//! * `announcement`: the counting and announcing of mismatches.

mod all;
mod announcement;
mod auto;
mod disputes;
mod keys;
mod registry;
mod rolls;
mod round;
mod single;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use tokio::sync::{Mutex, watch};

use crate::{
    live::Live,
    mapping::VehicleMapping,
    observation::Observer,
    ports::{EventLog, LeaseHolder, Leases, LiveKeys, Ports, Roll, RollMember, VehicleRepository},
};

use announcement::Announcer;
use disputes::Disputes;

pub use auto::AUTO_SYNC_INTERVAL;
pub use round::SyncReport;

/// Maximum number of vehicles that are read or changed in one pipeline, or under one lock of the live core.
const AT_ONCE: usize = 500;

pub struct Synchronization {
    live: Arc<Live>,
    keys: Arc<dyn LiveKeys>,
    repository: Arc<dyn VehicleRepository>,
    log: Arc<dyn EventLog>,
    leases: Arc<dyn Leases>,
    /// This server, as a holder of leases.
    holder: LeaseHolder,
    mapping: Arc<VehicleMapping>,
    observer: Observer,
    announcer: Announcer,
    disputes: parking_lot::Mutex<Disputes>,
    /// State of the comparison of all vehicles, of which only one runs at a time.
    strangers: Mutex<Strangers>,
    /// Interval of the periodic synchronisation; `None` while it is stopped.
    interval: watch::Sender<Option<Duration>>,
}

/// Members that did not belong to a roll in the last comparison.
type Strangers = HashMap<Roll, HashSet<RollMember>>;

impl Synchronization {
    pub(crate) fn new(
        ports: &Ports,
        live: Arc<Live>,
        mapping: Arc<VehicleMapping>,
        observer: Observer,
    ) -> Arc<Self> {
        Arc::new(Self {
            live,
            keys: Arc::clone(&ports.keys),
            repository: Arc::clone(&ports.vehicles),
            log: Arc::clone(&ports.log),
            leases: Arc::clone(&ports.leases),
            holder: LeaseHolder::unique(),
            mapping,
            announcer: Announcer::new(Arc::clone(&ports.mismatches), Arc::clone(observer.mismatches())),
            observer,
            disputes: parking_lot::Mutex::default(),
            strangers: Mutex::default(),
            interval: watch::Sender::new(None),
        })
    }
}
