//! VehicleMappingService: the mapping of vehicles to their live keys in Redis.
//!
//! An enabled vehicle is mapped: it is in the set of active vehicles, and its keys contain its newest position and
//! state. The keys of a disabled vehicle remain until they expire, but no longer change. Those of a deleted vehicle are
//! deleted.

mod changes;
mod mapped;
mod status;
mod validation;

use std::sync::Arc;

use crate::{
    health::Bridges,
    live::Live,
    observation::Observer,
    ports::{LiveKeys, Ports, VehicleRepository},
};

use mapped::MappedVehicles;

pub use status::MappingStatus;
pub use validation::MappingValidation;

pub struct VehicleMapping {
    live: Arc<Live>,
    keys: Arc<dyn LiveKeys>,
    repository: Arc<dyn VehicleRepository>,
    observer: Observer,
    bridges: Bridges,
    mapped: MappedVehicles,
}

impl VehicleMapping {
    pub(crate) fn new(ports: &Ports, live: Arc<Live>, observer: Observer, bridges: Bridges) -> Self {
        Self {
            live,
            keys: Arc::clone(&ports.keys),
            repository: Arc::clone(&ports.vehicles),
            observer,
            bridges,
            mapped: MappedVehicles::default(),
        }
    }

    pub(crate) const fn mapped(&self) -> &MappedVehicles {
        &self.mapped
    }
}
