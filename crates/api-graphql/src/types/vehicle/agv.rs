//! Automated guided vehicles.

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
    /// An automated guided vehicle: follows a line.
    Agv(AgvDetails) as "AGV" {
        /// What it follows.
        pub fn guide_type(&self) -> GuideType {
            self.details.guide_type.into()
        }

        /// Settings of its line following, as its maker defines them.
        pub fn line_following_config(&self) -> Option<Json> {
            self.details.line_following_config.as_ref().map(|config| Json(config.to_value()))
        }

        /// What it carries, such as "pallet".
        pub fn load_type(&self) -> Option<&str> {
            self.details.load_type.as_ref().map(Label::as_str)
        }

        /// The heaviest load in kg, at least 0.
        pub fn max_load_weight(&self) -> Option<f64> {
            self.details.max_load_weight()
        }
    }
}

/// What only an automated guided vehicle has.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = DefaultScalarValue)]
pub struct AgvInput {
    /// What it follows.
    guide_type: GuideType,
    /// Settings of its line following: a JSON object of at most 16 KiB.
    line_following_config: Option<Json>,
    /// What it carries, such as "pallet".
    load_type: Option<String>,
    /// The heaviest load in kg, at least 0.
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

/// What is to be changed of what only an automated guided vehicle has.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = DefaultScalarValue)]
pub struct UpdateAgvInput {
    /// What it follows; not null.
    guide_type: Nullable<GuideType>,
    /// Settings of its line following: a JSON object of at most 16 KiB.
    line_following_config: Nullable<Json>,
    /// What it carries, such as "pallet".
    load_type: Nullable<String>,
    /// The heaviest load in kg, at least 0.
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
