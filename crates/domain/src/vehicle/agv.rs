//! Automated guided vehicles.

use super::{ConfigObject, Label};
use crate::{
    named_enum,
    text::{InvalidNumber, not_negative},
    violation::Violations,
};

named_enum! {
    /// Guide that an automated guided vehicle follows.
    GuideType {
        /// Magnetic tape.
        Magnetic = "MAGNETIC",
        /// Reflectors, detected by a laser.
        Laser = "LASER",
        /// Wire in the floor.
        Wire = "WIRE",
        /// Lines or markers, detected by a camera.
        Vision = "VISION",
    }
}

/// Details of an automated guided vehicle.
#[derive(Debug, Clone, PartialEq)]
pub struct AgvDetails {
    /// Guide that the vehicle follows.
    pub guide_type: GuideType,
    /// Line-following settings, in the manufacturer's format.
    pub line_following_config: Option<ConfigObject>,
    /// Kind of load that the vehicle carries, such as "pallet".
    pub load_type: Option<Label>,
    max_load_weight: Option<f64>,
}

impl AgvDetails {
    /// Returns the details, with `max_load_weight` in kg (at least 0).
    ///
    /// # Errors
    /// Fails if the weight is below 0 or not finite.
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

    /// Returns the maximum load in kg, at least 0; `None` if it is not known.
    #[must_use]
    pub const fn max_load_weight(&self) -> Option<f64> {
        self.max_load_weight
    }
}

/// Changes to the details of an automated guided vehicle. `None` leaves a field unchanged, `Some(None)` clears it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AgvChanges {
    /// Guide that the vehicle follows.
    pub guide_type: Option<GuideType>,
    /// Line-following settings.
    pub line_following_config: Option<Option<ConfigObject>>,
    /// Kind of load that the vehicle carries.
    pub load_type: Option<Option<Label>>,
    /// Maximum load in kg.
    pub max_load_weight: Option<Option<f64>>,
}

impl AgvChanges {
    /// Returns the details after the changes.
    ///
    /// # Errors
    /// Fails if the weight is below 0 or not finite.
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
