//! The registry's description of a vehicle.

use std::collections::BTreeSet;

use domain::{
    GroupId, VehicleId,
    vehicle::{VehicleName, VehicleStatus, VehicleType},
};

use crate::encoded::EncodedPart;

/// The registry's description of a vehicle. Descriptions are immutable; a change creates a new one.
#[derive(Debug)]
pub struct VehicleInfo {
    /// Id of the vehicle.
    pub vehicle_id: VehicleId,
    /// Name of the vehicle.
    pub name: VehicleName,
    /// Kind of the vehicle.
    pub kind: VehicleType,
    /// Whether messages from the vehicle are accepted.
    pub is_enabled: bool,
    /// Operational status.
    pub status: VehicleStatus,
    /// Groups of the vehicle that are visible to the subscriber.
    pub group_ids: BTreeSet<GroupId>,
    /// Encoded forms of the description.
    pub encoded: EncodedPart,
}
