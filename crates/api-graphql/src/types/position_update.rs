//! A vehicle's new position.

use std::sync::Arc;

use application::live_queries::{PositionUpdate, SeenVehicle};
use juniper::{DefaultScalarValue, ID, graphql_object};

use super::{VehiclePosition, VehicleRuntimeState, VehicleValue};
use crate::{context::Context, loading::Loaders};

/// Where a vehicle is now, and how.
pub struct VehiclePositionUpdate {
    vehicle_id: ID,
    vehicle: SeenVehicle,
    position: VehiclePosition,
    state: Option<VehicleRuntimeState>,
    loaders: Arc<Loaders>,
}

/// Where a vehicle is now, and how.
#[graphql_object]
#[graphql(context = Context, scalar = DefaultScalarValue)]
impl VehiclePositionUpdate {
    /// Which vehicle.
    pub fn vehicle_id(&self) -> &ID {
        &self.vehicle_id
    }

    /// The vehicle.
    pub fn vehicle(&self) -> VehicleValue {
        // There are many updates, and few clients want all of the vehicle again and again: it is made when it is asked for.
        VehicleValue::new(self.vehicle.shown(), &self.loaders)
    }

    /// Where it is.
    pub fn position(&self) -> &VehiclePosition {
        &self.position
    }

    /// How it is, as far as that is known.
    pub fn state(&self) -> Option<&VehicleRuntimeState> {
        self.state.as_ref()
    }
}

impl VehiclePositionUpdate {
    /// The update; `loaders` load more about its vehicle.
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
