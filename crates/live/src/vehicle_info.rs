//! Descriptions of vehicles by the registry.

use std::collections::BTreeSet;

use domain::{
    GroupId, VehicleId,
    vehicle::{VehicleName, VehicleStatus, VehicleType},
};

use crate::encoded::EncodedOnce;

/// A vehicle as the registry describes it. Never changes: what comes later is another description.
#[derive(Debug)]
pub struct VehicleInfo {
    /// The vehicle.
    pub vehicle_id: VehicleId,
    /// Its name.
    pub name: VehicleName,
    /// Its kind.
    pub kind: VehicleType,
    /// Whether its messages are taken.
    pub is_enabled: bool,
    /// What it is doing.
    pub status: VehicleStatus,
    /// The groups that it is in, as far as they exist for the subscriber.
    pub group_ids: BTreeSet<GroupId>,
    /// The description on the wires.
    pub encoded: EncodedOnce,
}
