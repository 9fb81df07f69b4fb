//! Vehicles as the answers of resolvers.

use std::sync::Arc;

use application::Error;
use domain::vehicle::Vehicle;
use juniper::FieldResult;

use super::VehicleValue;
use crate::{context::Context, loading::Manner, types::List};

impl Context {
    /// Vehicles as a query shows them.
    pub(crate) fn shown(&self, result: Result<Vec<Vehicle>, Error>) -> FieldResult<List<VehicleValue>> {
        let show = |vehicle| VehicleValue::new(vehicle, self.loaders());
        match result {
            Ok(vehicles) => Ok(vehicles.into_iter().map(show).collect()),
            Err(error) => Err(self.fault(error)),
        }
    }

    /// A vehicle as a mutation leaves it.
    pub(crate) fn changed(&self, result: Result<Vehicle, Error>) -> FieldResult<VehicleValue> {
        match result {
            Ok(vehicle) => {
                let loaders = Arc::new(self.fresh_loaders(Manner::Strict));
                Ok(VehicleValue::new(vehicle, &loaders))
            }
            Err(error) => Err(self.fault(error)),
        }
    }

    /// Vehicles as a mutation leaves them.
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
