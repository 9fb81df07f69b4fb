//! Automated guided vehicles.

use super::{ConfigObject, Label};
use crate::{
    named_enum,
    text::{InvalidNumber, not_negative},
    violation::Violations,
};

named_enum! {
    /// What an automated guided vehicle follows.
    GuideType {
        /// A magnetic tape.
        Magnetic = "MAGNETIC",
        /// Reflectors, seen by a laser.
        Laser = "LASER",
        /// A wire in the floor.
        Wire = "WIRE",
        /// Lines or marks, seen by a camera.
        Vision = "VISION",
    }
}

/// What an automated guided vehicle has.
#[derive(Debug, Clone, PartialEq)]
pub struct AgvDetails {
    /// What it follows.
    pub guide_type: GuideType,
    /// Settings of its line following, as its maker defines them.
    pub line_following_config: Option<ConfigObject>,
    /// What it carries, such as "pallet".
    pub load_type: Option<Label>,
    max_load_weight: Option<f64>,
}

impl AgvDetails {
    /// `max_load_weight` in kg.
    ///
    /// # Errors
    /// When the weight is below 0 or not finite.
    pub fn new(
        guide_type: GuideType,
        line_following_config: Option<ConfigObject>,
        load_type: Option<Label>,
        max_load_weight: Option<f64>,
    ) -> Result<Self, InvalidNumber> {
        let max_load_weight = max_load_weight
            .map(|weight| not_negative(weight, "kg"))
            .transpose()?;
        Ok(Self {
            guide_type,
            line_following_config,
            load_type,
            max_load_weight,
        })
    }

    /// The heaviest load in kg, at least 0.
    #[must_use]
    pub const fn max_load_weight(&self) -> Option<f64> {
        self.max_load_weight
    }
}

/// Details of an automated guided vehicle that are to be changed; `None` leaves a field as it is, `Some(None)` takes
/// its value away.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AgvChanges {
    /// What it follows.
    pub guide_type: Option<GuideType>,
    /// Settings of its line following.
    pub line_following_config: Option<Option<ConfigObject>>,
    /// What it carries.
    pub load_type: Option<Option<Label>>,
    /// The heaviest load in kg.
    pub max_load_weight: Option<Option<f64>>,
}

impl AgvChanges {
    /// The details after the changes.
    ///
    /// # Errors
    /// When the weight is below 0 or not finite.
    pub fn apply(self, details: &AgvDetails) -> Result<AgvDetails, Violations> {
        AgvDetails::new(
            self.guide_type.unwrap_or(details.guide_type),
            self.line_following_config
                .unwrap_or_else(|| details.line_following_config.clone()),
            self.load_type.unwrap_or_else(|| details.load_type.clone()),
            self.max_load_weight.unwrap_or(details.max_load_weight),
        )
        .map_err(|fault| Violations::of("maxLoadWeight", fault.to_string()))
    }
}
