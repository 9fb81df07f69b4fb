//! Runtime states of vehicles.

use super::{Timestamp, noise::without_noise};
use crate::{
    text::{InvalidNumber, finite, not_negative, received},
    vehicle::VehicleStatus,
};

received!(
    /// Code of an error that a robot reports, such as "E042".
    ErrorCode,
    100
);

/// Percentage from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Percentage(f64);

impl Percentage {
    /// Returns `value` as a percentage.
    ///
    /// # Errors
    /// Fails if the value is not finite or not between 0 and 100.
    pub fn new(value: f64) -> Result<Self, InvalidNumber> {
        match finite(value)? {
            value if (0.0..=100.0).contains(&value) => Ok(Self(value)),
            _ => Err(InvalidNumber::OutOfRange { min: 0, max: 100 }),
        }
    }

    /// Returns a percentage measured by a sensor. A value that exceeds 100 by at most [`Self::OVERSHOOT`] becomes 100.
    ///
    /// # Errors
    /// Fails if the value is not finite, below 0, or above 100 by more than [`Self::OVERSHOOT`].
    pub fn measured(value: f64) -> Result<Self, InvalidNumber> {
        match value {
            value if (100.0..=100.0 + Self::OVERSHOOT).contains(&value) => Ok(Self(100.0)),
            value => Self::new(value),
        }
    }

    /// Returns a measured fraction, such as 0.58, as a percentage.
    ///
    /// # Errors
    /// Fails if [`Self::measured`] rejects the percentage.
    pub fn measured_fraction(fraction: f64) -> Result<Self, InvalidNumber> {
        // 0.58 × 100 is 57.99999999999999.
        Self::measured(without_noise(fraction * 100.0))
    }

    /// Maximum amount by which a measurement may exceed 100, in percentage points.
    pub const OVERSHOOT: f64 = 5.0;

    /// Returns the number, from 0 to 100.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

/// Speed above which a vehicle is regarded as moving, in m/s. The odometry of a parked robot drifts more slowly than
/// this.
const MOVING_ABOVE: f64 = 0.05;

/// Returns `true` if a vehicle is moving: its status is MOVING, or it reports a speed above 0.05 m/s.
#[must_use]
pub fn is_moving(status: VehicleStatus, state: Option<&VehicleRuntimeState>) -> bool {
    status == VehicleStatus::Moving || state.is_some_and(|state| state.current_speed > MOVING_ABOVE)
}

/// Runtime state of a vehicle at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct VehicleRuntimeState {
    current_speed: f64,
    battery_level: Percentage,
    current_load: Option<f64>,
    temperature: Option<f64>,
    error_codes: Vec<ErrorCode>,
    /// Status that the robot reports; `None` if it does not report a valid one.
    pub status: Option<VehicleStatus>,
    /// Time of the measurement by the robot's clock, or the time of arrival if the robot reports none.
    pub last_update_time: Timestamp,
}

/// Invalid field of a runtime state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field} {fault}")]
pub struct InvalidRuntimeState {
    /// Name of the field in a robot's messages, such as `batteryLevel`.
    pub field: &'static str,
    /// Rule that the field breaks.
    pub fault: InvalidNumber,
}

impl VehicleRuntimeState {
    /// Maximum number of error codes of a state.
    pub const MAX_ERROR_CODES: usize = 100;
    /// Lowest possible temperature, in °C.
    pub const ABSOLUTE_ZERO: f64 = -273.15;

    /// Returns a state with `current_speed` in m/s (at least 0) and `battery_level` in percent (0 to 100, see
    /// [`Percentage::measured`]). The load, the temperature, the error codes and the status are empty.
    ///
    /// # Errors
    /// Returns the first of the two fields that is out of range or not finite.
    pub fn new(
        current_speed: f64,
        battery_level: f64,
        last_update_time: Timestamp,
    ) -> Result<Self, InvalidRuntimeState> {
        let at = |field| move |fault| InvalidRuntimeState { field, fault };
        Ok(Self {
            current_speed: not_negative(current_speed, "m/s").map_err(at("currentSpeed"))?,
            battery_level: Percentage::measured(battery_level).map_err(at("batteryLevel"))?,
            current_load: None,
            temperature: None,
            error_codes: Vec::new(),
            status: None,
            last_update_time,
        })
    }

    /// Sets the load in kg (at least 0).
    ///
    /// # Errors
    /// Fails if the value is below 0 or not finite.
    pub fn with_current_load(mut self, kg: Option<f64>) -> Result<Self, InvalidRuntimeState> {
        let at = |fault| InvalidRuntimeState {
            field: "currentLoad",
            fault,
        };
        self.current_load = kg.map(|kg| not_negative(kg, "kg")).transpose().map_err(at)?;
        Ok(self)
    }

    /// Sets the temperature in °C (at least [`Self::ABSOLUTE_ZERO`]).
    ///
    /// # Errors
    /// Fails if the value is lower than that or not finite.
    pub fn with_temperature(mut self, celsius: Option<f64>) -> Result<Self, InvalidRuntimeState> {
        let at = |fault| InvalidRuntimeState {
            field: "temperature",
            fault,
        };
        self.temperature = celsius.map(possible_temperature).transpose().map_err(at)?;
        Ok(self)
    }

    /// Sets the load in kg, or clears it if the value is below 0 or not finite.
    #[must_use]
    pub fn with_possible_load(mut self, kg: Option<f64>) -> Self {
        self.current_load = kg.filter(|kg| not_negative(*kg, "kg").is_ok());
        self
    }

    /// Sets the temperature in °C, or clears it if the value is below [`Self::ABSOLUTE_ZERO`] or not finite.
    #[must_use]
    pub fn with_possible_temperature(mut self, celsius: Option<f64>) -> Self {
        self.temperature = celsius.filter(|celsius| possible_temperature(*celsius).is_ok());
        self
    }

    /// Sets the error codes to the first [`Self::MAX_ERROR_CODES`] distinct ones, in the order given.
    #[must_use]
    pub fn with_error_codes(mut self, codes: impl IntoIterator<Item = ErrorCode>) -> Self {
        self.error_codes.clear();
        for code in codes {
            if self.error_codes.len() == Self::MAX_ERROR_CODES {
                break;
            }
            if !self.error_codes.contains(&code) {
                self.error_codes.push(code);
            }
        }
        self
    }

    /// Sets the status that the robot reports.
    #[must_use]
    pub fn with_status(mut self, status: Option<VehicleStatus>) -> Self {
        self.status = status;
        self
    }

    /// Sets the speed in m/s (at least 0).
    ///
    /// # Errors
    /// Fails if the value is below 0 or not finite.
    pub fn with_current_speed(mut self, speed: f64) -> Result<Self, InvalidRuntimeState> {
        let at = |fault| InvalidRuntimeState {
            field: "currentSpeed",
            fault,
        };
        self.current_speed = not_negative(speed, "m/s").map_err(at)?;
        Ok(self)
    }

    /// Sets the battery level and the time of the measurement. All other fields keep their values.
    #[must_use]
    pub fn with_battery_level(mut self, level: Percentage, at: Timestamp) -> Self {
        self.battery_level = level;
        self.last_update_time = at;
        self
    }

    /// Returns the speed in m/s, at least 0.
    #[must_use]
    pub const fn current_speed(&self) -> f64 {
        self.current_speed
    }

    /// Returns the charge level of the battery.
    #[must_use]
    pub const fn battery_level(&self) -> Percentage {
        self.battery_level
    }

    /// Returns the load in kg, at least 0; `None` if it is not known.
    #[must_use]
    pub const fn current_load(&self) -> Option<f64> {
        self.current_load
    }

    /// Returns the temperature in °C; `None` if it is not known.
    #[must_use]
    pub const fn temperature(&self) -> Option<f64> {
        self.temperature
    }

    /// Returns the error codes, without duplicates.
    #[must_use]
    pub fn error_codes(&self) -> &[ErrorCode] {
        &self.error_codes
    }

    /// Returns the error codes that the state `previous` does not have; all of them if that is `None`.
    pub fn new_error_codes<'a>(&'a self, previous: Option<&'a Self>) -> impl Iterator<Item = &'a ErrorCode> {
        let known = previous.map_or(&[][..], |previous| previous.error_codes());
        self.error_codes.iter().filter(move |code| !known.contains(code))
    }
}

fn possible_temperature(celsius: f64) -> Result<f64, InvalidNumber> {
    match finite(celsius)? {
        celsius if celsius >= VehicleRuntimeState::ABSOLUTE_ZERO => Ok(celsius),
        _ => Err(InvalidNumber::TooCold),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const AT: Timestamp = Timestamp::EPOCH;

    fn codes(codes: &[&str]) -> Vec<ErrorCode> {
        codes
            .iter()
            .map(|code| ErrorCode::new(code).expect("a code"))
            .collect()
    }

    #[rstest]
    #[case(-0.1, 50.0, "currentSpeed must be at least 0 m/s")]
    #[case(f64::NAN, 50.0, "currentSpeed must be a finite number")]
    #[case(0.0, 105.1, "batteryLevel must be between 0 and 100")]
    #[case(0.0, -1.0, "batteryLevel must be between 0 and 100")]
    #[case(0.0, f64::NAN, "batteryLevel must be a finite number")]
    fn a_field_out_of_range_is_named(#[case] speed: f64, #[case] battery: f64, #[case] fault: &str) {
        let error = VehicleRuntimeState::new(speed, battery, AT).expect_err("out of range");
        assert_eq!(error.to_string(), fault);
    }

    #[test]
    fn temperatures_below_absolute_zero_are_rejected() {
        let state = || VehicleRuntimeState::new(0.0, 50.0, AT).expect("in range");
        let coldest = state().with_possible_temperature(Some(-273.15));
        assert_eq!(coldest.temperature(), Some(-273.15));
        assert_eq!(
            state().with_possible_temperature(Some(-273.16)).temperature(),
            None
        );
        let fault = state().with_temperature(Some(-400.0)).expect_err("too cold");
        assert_eq!(fault.to_string(), "temperature must be at least -273.15 °C");
    }

    #[test]
    fn a_measurement_slightly_above_100_percent_is_100_percent() {
        let state = VehicleRuntimeState::new(0.0, 105.0, AT).expect("a full battery");
        assert_eq!(state.battery_level().get(), 100.0);
        for fraction in [1.0, 1.004, 1.05] {
            assert_eq!(
                Percentage::measured_fraction(fraction).map(Percentage::get),
                Ok(100.0)
            );
        }
        assert!(Percentage::measured_fraction(1.06).is_err());
        assert_eq!(Percentage::measured_fraction(0.58).map(Percentage::get), Ok(58.0));
    }

    #[test]
    fn error_codes_have_no_duplicates_and_new_ones_are_found() {
        let state = |list: &[&str]| {
            VehicleRuntimeState::new(0.0, 50.0, AT)
                .expect("in range")
                .with_error_codes(codes(list))
        };
        let before = state(&["E1", "E2", "E1"]);
        assert_eq!(before.error_codes(), codes(&["E1", "E2"]));
        let after = state(&["E2", "E3"]);
        assert_eq!(
            after.new_error_codes(Some(&before)).cloned().collect::<Vec<_>>(),
            codes(&["E3"])
        );
        assert_eq!(
            after.new_error_codes(None).cloned().collect::<Vec<_>>(),
            codes(&["E2", "E3"])
        );
    }

    #[test]
    fn a_new_battery_level_keeps_all_other_fields() {
        let before = VehicleRuntimeState::new(1.2, 50.0, AT)
            .and_then(|state| state.with_current_load(Some(10.0)))
            .expect("in range")
            .with_error_codes(codes(&["E1"]));
        let later = Timestamp::from_unix_ms(5).expect("a time");
        let after = before
            .clone()
            .with_battery_level(Percentage::new(49.0).expect("a level"), later);
        assert_eq!(after.battery_level().get(), 49.0);
        assert_eq!(after.last_update_time, later);
        assert_eq!(
            (after.current_speed(), after.current_load(), after.error_codes()),
            (
                before.current_speed(),
                before.current_load(),
                before.error_codes()
            )
        );
    }

    #[test]
    fn a_vehicle_moves_by_its_status_or_by_its_speed() {
        let at_speed = |speed| VehicleRuntimeState::new(speed, 50.0, AT).expect("in range");
        assert!(is_moving(VehicleStatus::Moving, None));
        assert!(is_moving(VehicleStatus::Moving, Some(&at_speed(0.0))));
        assert!(is_moving(VehicleStatus::Idle, Some(&at_speed(0.051))));
        assert!(!is_moving(VehicleStatus::Idle, Some(&at_speed(0.05))));
        assert!(!is_moving(VehicleStatus::Idle, None));
    }
}
