//! Automated guided vehicles: their type and inputs.

use domain::{
    Violations,
    vehicle::{AgvChanges, AgvDetails, Label},
};
use juniper::{GraphQLInputObject, Nullable};

use super::kinds::*;
use crate::types::{
    GuideType,
    nullable::{option, value},
};

kind_of_vehicle! {
    /// Automated guided vehicle: follows a fixed guide path.
    Agv(AgvDetails) as "AGV" {
        /// Guidance technology.
        pub fn guide_type(&self) -> GuideType {
            self.details.guide_type.into()
        }

        /// Line-following settings, in the manufacturer's format.
        pub fn line_following_config(&self) -> Option<Json> {
            self.details.line_following_config.as_ref().map(|config| Json(config.to_value()))
        }

        /// Type of load that the vehicle carries, such as `pallet`.
        pub fn load_type(&self) -> Option<&str> {
            self.details.load_type.as_ref().map(Label::as_str)
        }

        /// Maximum load in kg, at least 0.
        pub fn max_load_weight(&self) -> Option<f64> {
            self.details.max_load_weight()
        }
    }
}

/// AGV-specific details of a new vehicle.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = DefaultScalarValue)]
pub struct AgvInput {
    /// Guidance technology.
    guide_type: GuideType,
    /// Line-following settings in the manufacturer's format: a JSON object of at most 16 KiB.
    line_following_config: Option<Json>,
    /// Type of load that the vehicle carries, such as `pallet`: 1 to 100 characters.
    load_type: Option<String>,
    /// Maximum load in kg, at least 0.
    max_load_weight: Option<f64>,
}

impl AgvInput {
    pub(crate) fn check(self) -> Result<AgvDetails, Violations> {
        let mut faults = Violations::default();
        let config = faults.keep("lineFollowingConfig", config(self.line_following_config));
        let load_type = faults.keep("loadType", self.load_type.as_deref().map(Label::new).transpose());
        let details = AgvDetails::new(
            self.guide_type.into(),
            config.flatten(),
            load_type.flatten(),
            self.max_load_weight,
        );
        match faults.keep("maxLoadWeight", details) {
            Some(details) if faults.is_empty() => Ok(details),
            _ => Err(faults),
        }
    }
}

/// Partial update of the AGV-specific details. Omitted fields keep their values; null clears an optional field.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = DefaultScalarValue)]
pub struct UpdateAgvInput {
    /// Guidance technology; must not be null.
    guide_type: Nullable<GuideType>,
    /// Line-following settings in the manufacturer's format: a JSON object of at most 16 KiB.
    line_following_config: Nullable<Json>,
    /// Type of load that the vehicle carries, such as `pallet`: 1 to 100 characters.
    load_type: Nullable<String>,
    /// Maximum load in kg, at least 0.
    max_load_weight: Nullable<f64>,
}

impl UpdateAgvInput {
    pub(crate) fn checked(self) -> Result<AgvChanges, Violations> {
        let mut faults = Violations::default();
        let config =
            option(self.line_following_config).map(|json| faults.keep("lineFollowingConfig", config(json)));
        let load_type = option(self.load_type)
            .map(|load| faults.keep("loadType", load.as_deref().map(Label::new).transpose()));
        let changes = AgvChanges {
            guide_type: value(&mut faults, "guideType", self.guide_type).map(Into::into),
            line_following_config: config.flatten(),
            load_type: load_type.flatten(),
            max_load_weight: option(self.max_load_weight),
        };
        faults.into_result().map(|()| changes)
    }
}
