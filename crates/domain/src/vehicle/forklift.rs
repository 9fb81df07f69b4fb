//! Automated forklift trucks.

use crate::{
    text::{not_negative, positive},
    violation::Violations,
};

/// Details of a forklift.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ForkliftDetails {
    mast_height: Option<f64>,
    lift_height: Option<f64>,
    fork_length: Option<f64>,
    load_capacity: Option<f64>,
}

/// Details of a forklift before they are checked.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct RawForklift {
    /// Height of the lowered mast in metres.
    pub mast_height: Option<f64>,
    /// Maximum height of the forks in metres.
    pub lift_height: Option<f64>,
    /// Length of the forks in metres.
    pub fork_length: Option<f64>,
    /// Maximum load in kg.
    pub load_capacity: Option<f64>,
}

impl ForkliftDetails {
    /// Checks all fields.
    ///
    /// # Errors
    /// Returns the faults of all fields. The mast height and the fork length must be above 0, the lift height and the
    /// capacity at least 0.
    pub fn new(raw: RawForklift) -> Result<Self, Violations> {
        let mut faults = Violations::default();
        faults.keep(
            "mastHeight",
            raw.mast_height.map_or(Ok(0.0), |height| positive(height, "m")),
        );
        faults.keep(
            "liftHeight",
            raw.lift_height
                .map_or(Ok(0.0), |height| not_negative(height, "m")),
        );
        faults.keep(
            "forkLength",
            raw.fork_length.map_or(Ok(0.0), |length| positive(length, "m")),
        );
        faults.keep(
            "loadCapacity",
            raw.load_capacity.map_or(Ok(0.0), |load| not_negative(load, "kg")),
        );
        faults.into_result()?;
        let RawForklift {
            mast_height,
            lift_height,
            fork_length,
            load_capacity,
        } = raw;
        Ok(Self {
            mast_height,
            lift_height,
            fork_length,
            load_capacity,
        })
    }

    /// Returns the height of the lowered mast in metres, above 0; `None` if it is not known.
    #[must_use]
    pub const fn mast_height(&self) -> Option<f64> {
        self.mast_height
    }

    /// Returns the maximum height of the forks in metres, at least 0; `None` if it is not known.
    #[must_use]
    pub const fn lift_height(&self) -> Option<f64> {
        self.lift_height
    }

    /// Returns the length of the forks in metres, above 0; `None` if it is not known.
    #[must_use]
    pub const fn fork_length(&self) -> Option<f64> {
        self.fork_length
    }

    /// Returns the maximum load in kg, at least 0; `None` if it is not known.
    #[must_use]
    pub const fn load_capacity(&self) -> Option<f64> {
        self.load_capacity
    }
}

/// Changes to the details of a forklift. `None` leaves a field unchanged, `Some(None)` clears it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ForkliftChanges {
    /// Height of the lowered mast in metres.
    pub mast_height: Option<Option<f64>>,
    /// Maximum height of the forks in metres.
    pub lift_height: Option<Option<f64>>,
    /// Length of the forks in metres.
    pub fork_length: Option<Option<f64>>,
    /// Maximum load in kg.
    pub load_capacity: Option<Option<f64>>,
}

impl ForkliftChanges {
    /// Returns the details after the changes.
    ///
    /// # Errors
    /// Returns the faults of [`ForkliftDetails::new`].
    pub fn apply(self, details: &ForkliftDetails) -> Result<ForkliftDetails, Violations> {
        ForkliftDetails::new(RawForklift {
            mast_height: self.mast_height.unwrap_or(details.mast_height),
            lift_height: self.lift_height.unwrap_or(details.lift_height),
            fork_length: self.fork_length.unwrap_or(details.fork_length),
            load_capacity: self.load_capacity.unwrap_or(details.load_capacity),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_figures_of_a_forklift_are_optional() {
        assert_eq!(
            ForkliftDetails::new(RawForklift::default()),
            Ok(ForkliftDetails::default())
        );
    }

    #[test]
    fn every_invalid_figure_is_named_at_once() {
        let faults = ForkliftDetails::new(RawForklift {
            mast_height: Some(0.0),
            lift_height: Some(-1.0),
            fork_length: Some(f64::INFINITY),
            load_capacity: Some(-0.5),
        })
        .expect_err("all four are bad");
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["mastHeight", "liftHeight", "forkLength", "loadCapacity"]);
    }
}
