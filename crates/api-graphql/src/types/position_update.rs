//! Payload of the position subscriptions.

use std::sync::Arc;

use application::live_queries::{PositionUpdate, SeenVehicle};
use juniper::{DefaultScalarValue, ID, graphql_object};

use super::{VehiclePosition, VehicleRuntimeState, VehicleValue};
use crate::{context::Context, loading::Loaders};

/// Newest position and state of a vehicle.
pub struct VehiclePositionUpdate {
    vehicle_id: ID,
    vehicle: SeenVehicle,
    position: VehiclePosition,
    state: Option<VehicleRuntimeState>,
    loaders: Arc<Loaders>,
}

/// Newest position and state of a vehicle.
#[graphql_object]
#[graphql(context = Context, scalar = DefaultScalarValue)]
impl VehiclePositionUpdate {
    /// Identifier of the vehicle.
    pub fn vehicle_id(&self) -> &ID {
        &self.vehicle_id
    }

    /// Vehicle with its current data.
    pub fn vehicle(&self) -> VehicleValue {
        // Updates are frequent and few clients select the vehicle, so it is only built if it is selected.
        VehicleValue::new(self.vehicle.shown(), &self.loaders)
    }

    /// Newest position.
    pub fn position(&self) -> &VehiclePosition {
        &self.position
    }

    /// Newest state; null if none is known.
    pub fn state(&self) -> Option<&VehicleRuntimeState> {
        self.state.as_ref()
    }
}

impl VehiclePositionUpdate {
    /// Converts an update; `loaders` load the live data and groups of its vehicle.
    pub(crate) fn new(update: PositionUpdate, loaders: &Arc<Loaders>) -> Self {
        Self {
            vehicle_id: ID::new(update.vehicle_id.to_string()),
            vehicle: update.vehicle,
            position: update.position.into(),
            state: update.state.map(Into::into),
            loaders: Arc::clone(loaders),
        }
    }
}
