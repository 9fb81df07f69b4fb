//! Specifications of vehicles: the figures of their data sheets.

use crate::{
    text::{not_negative, positive},
    violation::Violations,
};

/// Figures of a vehicle's data sheet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VehicleSpecification {
    max_speed: f64,
    max_load: f64,
    battery_capacity: f64,
}

impl VehicleSpecification {
    /// Returns a data sheet with `max_speed` in m/s, `max_load` in kg and `battery_capacity` in Wh.
    ///
    /// # Errors
    /// Returns the faults of all figures. They must be finite, the speed and the capacity above 0, the load at least 0.
    pub fn new(max_speed: f64, max_load: f64, battery_capacity: f64) -> Result<Self, Violations> {
        let mut faults = Violations::default();
        faults.keep("maxSpeed", positive(max_speed, "m/s"));
        faults.keep("maxLoad", not_negative(max_load, "kg"));
        faults.keep("batteryCapacity", positive(battery_capacity, "Wh"));
        faults.into_result()?;
        Ok(Self {
            max_speed,
            max_load,
            battery_capacity,
        })
    }

    /// Returns the maximum speed in m/s, above 0.
    #[must_use]
    pub const fn max_speed(&self) -> f64 {
        self.max_speed
    }

    /// Returns the maximum load in kg, at least 0.
    #[must_use]
    pub const fn max_load(&self) -> f64 {
        self.max_load
    }

    /// Returns the capacity of the battery in Wh, above 0.
    #[must_use]
    pub const fn battery_capacity(&self) -> f64 {
        self.battery_capacity
    }
}

/// Changes to a data sheet. `None` leaves a figure unchanged.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SpecificationChanges {
    /// Maximum speed in m/s.
    pub max_speed: Option<f64>,
    /// Maximum load in kg.
    pub max_load: Option<f64>,
    /// Capacity of the battery in Wh.
    pub battery_capacity: Option<f64>,
}

impl SpecificationChanges {
    /// Returns the data sheet after the changes.
    ///
    /// # Errors
    /// Returns the faults of [`VehicleSpecification::new`].
    pub fn apply(self, sheet: &VehicleSpecification) -> Result<VehicleSpecification, Violations> {
        VehicleSpecification::new(
            self.max_speed.unwrap_or(sheet.max_speed),
            self.max_load.unwrap_or(sheet.max_load),
            self.battery_capacity.unwrap_or(sheet.battery_capacity),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_invalid_figure_is_named_at_once() {
        let faults = VehicleSpecification::new(0.0, -1.0, f64::NAN).expect_err("all three are bad");
        let fields: Vec<_> = faults
            .iter()
            .map(|fault| (fault.field.as_str(), fault.message.as_str()))
            .collect();
        assert_eq!(
            fields,
            [
                ("maxSpeed", "must be greater than 0 m/s"),
                ("maxLoad", "must be at least 0 kg"),
                ("batteryCapacity", "must be a finite number"),
            ]
        );
    }

    #[test]
    fn a_maximum_load_of_0_is_valid() {
        assert!(VehicleSpecification::new(1.5, 0.0, 480.0).is_ok());
    }
}
