//! Automated forklift trucks: their type and inputs.

use domain::vehicle::{ForkliftChanges, ForkliftDetails, RawForklift};
use juniper::{GraphQLInputObject, Nullable};

use super::kinds::*;
use crate::types::nullable::option;

kind_of_vehicle! {
    /// Automated forklift truck.
    Forklift(ForkliftDetails) as "Forklift" {
        /// Height of the lowered mast in metres, greater than 0.
        pub fn mast_height(&self) -> Option<f64> {
            self.details.mast_height()
        }

        /// Maximum lift height of the fork in metres, at least 0.
        pub fn lift_height(&self) -> Option<f64> {
            self.details.lift_height()
        }

        /// Length of the fork in metres, greater than 0.
        pub fn fork_length(&self) -> Option<f64> {
            self.details.fork_length()
        }

        /// Maximum load in kg, at least 0.
        pub fn load_capacity(&self) -> Option<f64> {
            self.details.load_capacity()
        }
    }
}

/// Forklift-specific details of a new vehicle.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct ForkliftInput {
    /// Height of the lowered mast in metres, greater than 0.
    mast_height: Option<f64>,
    /// Maximum lift height of the fork in metres, at least 0.
    lift_height: Option<f64>,
    /// Length of the fork in metres, greater than 0.
    fork_length: Option<f64>,
    /// Maximum load in kg, at least 0.
    load_capacity: Option<f64>,
}

impl From<ForkliftInput> for RawForklift {
    fn from(forklift: ForkliftInput) -> Self {
        let ForkliftInput {
            mast_height,
            lift_height,
            fork_length,
            load_capacity,
        } = forklift;
        Self {
            mast_height,
            lift_height,
            fork_length,
            load_capacity,
        }
    }
}

/// Partial update of the forklift-specific details. Omitted fields keep their values; null clears a field.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct UpdateForkliftInput {
    /// Height of the lowered mast in metres, greater than 0.
    mast_height: Nullable<f64>,
    /// Maximum lift height of the fork in metres, at least 0.
    lift_height: Nullable<f64>,
    /// Length of the fork in metres, greater than 0.
    fork_length: Nullable<f64>,
    /// Maximum load in kg, at least 0.
    load_capacity: Nullable<f64>,
}

impl From<UpdateForkliftInput> for ForkliftChanges {
    fn from(input: UpdateForkliftInput) -> Self {
        Self {
            mast_height: option(input.mast_height),
            lift_height: option(input.lift_height),
            fork_length: option(input.fork_length),
            load_capacity: option(input.load_capacity),
        }
    }
}
