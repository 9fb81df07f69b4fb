//! Use cases about the vehicles of the registry, one file each.
//!
//! The registry is authoritative: a change is stored there first. It then takes effect in this server's live core.
//! Finally, the mapping to the live keys is updated, or left to the synchronisation if that fails.

mod all_at_once;
mod change_status;
mod count;
mod create;
mod delete;
mod disable;
mod enable;
mod expectations;
mod export;
mod get;
mod import;
mod list;
mod list_by_type;
mod list_enabled;
mod permit;
mod registering;
mod restore;
mod seen;
mod several;
mod turns;
mod update;

use std::sync::Arc;

use crate::{
    fairness::AskedOnce,
    health::Bridges,
    mapping::VehicleMapping,
    observation::Observer,
    ports::{Ports, VehicleRepository},
    registry_changes::RegistryChanges,
};

use count::Count;
use turns::Turns;

pub use create::NewVehicle;
pub use expectations::{must_all_exist, must_be_deleted, must_have_version};
pub use import::{
    FileFaults, IMPORT_AGAIN_AFTER, Import, ImportFailure, ImportedFile, ImportedVehicle, LineFault,
};
pub use list::VehicleQuery;
pub use registering::{IdHolder, KnownVehicle, Placement, Registrar};
pub use several::MAX_AT_ONCE;

pub struct Vehicles {
    repository: Arc<dyn VehicleRepository>,
    mapping: Arc<VehicleMapping>,
    changes: Arc<RegistryChanges>,
    counts: AskedOnce<Count, u64>,
    imports: Turns,
}

impl Vehicles {
    #[must_use]
    pub fn new(ports: &Ports, changes: Arc<RegistryChanges>) -> Self {
        let live = changes.live();
        let observer = Observer::new(ports, Arc::clone(live), live.rules().freshness);
        let bridges = Bridges::new(Arc::clone(&ports.bridges), Arc::clone(live));
        let mapping = VehicleMapping::new(ports, Arc::clone(live), observer, bridges);
        Self::mapped_by(Arc::new(mapping), ports, changes)
    }

    /// Creates the service with a mapping that it shares with other services.
    pub(crate) fn mapped_by(
        mapping: Arc<VehicleMapping>,
        ports: &Ports,
        changes: Arc<RegistryChanges>,
    ) -> Self {
        Self {
            repository: Arc::clone(&ports.vehicles),
            mapping,
            changes,
            counts: AskedOnce::default(),
            imports: Turns::default(),
        }
    }
}
