//! Automated forklift trucks.

use domain::vehicle::{ForkliftChanges, ForkliftDetails, RawForklift};
use juniper::{GraphQLInputObject, Nullable};

use super::kinds::*;
use crate::types::nullable::option;

kind_of_vehicle! {
    /// An automated forklift truck.
    Forklift(ForkliftDetails) as "Forklift" {
        /// Height of the lowered mast in metres, above 0.
        pub fn mast_height(&self) -> Option<f64> {
            self.details.mast_height()
        }

        /// How high the fork goes, in metres, at least 0.
        pub fn lift_height(&self) -> Option<f64> {
            self.details.lift_height()
        }

        /// Length of the fork in metres, above 0.
        pub fn fork_length(&self) -> Option<f64> {
            self.details.fork_length()
        }

        /// The heaviest load in kg, at least 0.
        pub fn load_capacity(&self) -> Option<f64> {
            self.details.load_capacity()
        }
    }
}

/// What only a forklift has.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct ForkliftInput {
    /// Height of the lowered mast in metres, above 0.
    mast_height: Option<f64>,
    /// How high the fork goes, in metres, at least 0.
    lift_height: Option<f64>,
    /// Length of the fork in metres, above 0.
    fork_length: Option<f64>,
    /// The heaviest load in kg, at least 0.
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

/// What is to be changed of what only a forklift has.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct UpdateForkliftInput {
    /// Height of the lowered mast in metres, above 0.
    mast_height: Nullable<f64>,
    /// How high the fork goes, in metres, at least 0.
    lift_height: Nullable<f64>,
    /// Length of the fork in metres, above 0.
    fork_length: Nullable<f64>,
    /// The heaviest load in kg, at least 0.
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
