//! The specification of a vehicle: its limits.

use crate::{
    text::{not_negative, positive},
    violation::Violations,
};

/// The figures of a vehicle's data sheet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VehicleSpecification {
    max_speed: f64,
    max_load: f64,
    battery_capacity: f64,
}

impl VehicleSpecification {
    /// `max_speed` in m/s, `max_load` in kg, `battery_capacity` in Wh.
    ///
    /// # Errors
    /// Names every figure that is not finite; speed and capacity must be above 0, the load at least 0.
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

    /// The highest speed in m/s, above 0.
    #[must_use]
    pub const fn max_speed(&self) -> f64 {
        self.max_speed
    }

    /// The heaviest load in kg, at least 0.
    #[must_use]
    pub const fn max_load(&self) -> f64 {
        self.max_load
    }

    /// The battery's energy in Wh, above 0.
    #[must_use]
    pub const fn battery_capacity(&self) -> f64 {
        self.battery_capacity
    }
}

/// Figures of a data sheet that are to be changed; `None` leaves one as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SpecificationChanges {
    /// The highest speed in m/s.
    pub max_speed: Option<f64>,
    /// The heaviest load in kg.
    pub max_load: Option<f64>,
    /// The battery's energy in Wh.
    pub battery_capacity: Option<f64>,
}

impl SpecificationChanges {
    /// The data sheet after the changes.
    ///
    /// # Errors
    /// As [`VehicleSpecification::new`].
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
    fn every_bad_figure_is_named_at_once() {
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
    fn a_vehicle_may_carry_nothing() {
        assert!(VehicleSpecification::new(1.5, 0.0, 480.0).is_ok());
    }
}
