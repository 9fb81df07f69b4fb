//! Conversions of the results of use cases to vehicles of the schema.

use std::sync::Arc;

use application::Error;
use domain::vehicle::Vehicle;
use juniper::FieldResult;

use super::VehicleValue;
use crate::{context::Context, loading::Manner, types::List};

impl Context {
    /// Converts the result of a query. All vehicles share the loaders of the operation, so each object is loaded once.
    pub(crate) fn shown(&self, result: Result<Vec<Vehicle>, Error>) -> FieldResult<List<VehicleValue>> {
        let show = |vehicle| VehicleValue::new(vehicle, self.loaders());
        match result {
            Ok(vehicles) => Ok(vehicles.into_iter().map(show).collect()),
            Err(error) => Err(self.fault(error)),
        }
    }

    /// Converts the result of a mutation. The vehicle has separate loaders, because the loaders of the operation may
    /// have cached data from before the change.
    pub(crate) fn changed(&self, result: Result<Vehicle, Error>) -> FieldResult<VehicleValue> {
        match result {
            Ok(vehicle) => {
                let loaders = Arc::new(self.fresh_loaders(Manner::Strict));
                Ok(VehicleValue::new(vehicle, &loaders))
            }
            Err(error) => Err(self.fault(error)),
        }
    }

    /// Converts the result of a mutation of several vehicles, which share one set of new loaders.
    pub(crate) fn changed_all(&self, result: Result<Vec<Vehicle>, Error>) -> FieldResult<Vec<VehicleValue>> {
        let loaders = Arc::new(self.fresh_loaders(Manner::Strict));
        match result {
            Ok(vehicles) => Ok(vehicles
                .into_iter()
                .map(|vehicle| VehicleValue::new(vehicle, &loaders))
                .collect()),
            Err(error) => Err(self.fault(error)),
        }
    }
}
