//! A sample as whole numbers.

use domain::vehicle::VehicleStatus;

/// A sample whose quantities are whole numbers and whose names are numbers in [`Names`](crate::Names). Fields of parts
/// that [`Row::kind`] does not have are 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Row {
    /// Time of the measurement by the robot's clock, in Unix milliseconds.
    pub at_ms: i64,
    /// Milliseconds from the measurement to its arrival.
    pub delay_ms: i64,
    /// x coordinate in millimetres.
    pub x: i64,
    /// y coordinate in millimetres.
    pub y: i64,
    /// z coordinate in millimetres.
    pub z: i64,
    /// Heading in hundredths of a degree, in [0, 36,000).
    pub heading: i64,
    /// Number of the map and frame.
    pub place: u32,
    /// Speed in mm/s.
    pub speed: i64,
    /// Charge of the battery in hundredths of a percent.
    pub battery: i64,
    /// Load in grams.
    pub load: i64,
    /// Number of the set of error codes.
    pub errors: u32,
    /// The parts that the row has, and the status.
    pub kind: Kind,
}

impl Row {
    /// Adds the parts of `later`, a row of the same time that takes precedence.
    pub(crate) fn absorb(&mut self, later: &Self) {
        let kind = later.kind;
        if kind.has(Kind::POSITION) {
            (self.x, self.y, self.z) = (later.x, later.y, later.z);
            (self.heading, self.place) = (later.heading, later.place);
        }
        if kind.has(Kind::SPEED) {
            self.speed = later.speed;
        }
        if kind.has(Kind::BATTERY) {
            self.battery = later.battery;
        }
        if kind.has(Kind::CONDITION) {
            (self.load, self.errors) = (later.load, later.errors);
            self.kind = self.kind.without(Kind::LOAD);
        }
        if kind.has(Kind::DELAY) {
            self.delay_ms = later.delay_ms;
        }
        let status = kind.status().or(self.kind.status());
        self.kind = Kind((self.kind.0 | kind.0) & Kind::PARTS).with_status(status);
    }
}

/// The parts that a [`Row`] has, and the status of the vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kind(u16);

impl Kind {
    /// The row has a position.
    pub const POSITION: Self = Self(1);
    /// The row has a speed.
    pub const SPEED: Self = Self(2);
    /// The row has the charge of the battery.
    pub const BATTERY: Self = Self(4);
    /// The row has error codes.
    pub const CONDITION: Self = Self(8);
    /// The row has a load as well as error codes. Error codes without a load mean that the load is not known.
    pub const LOAD: Self = Self(16);
    /// The time of arrival is kept.
    pub const DELAY: Self = Self(32);
    /// The vehicle was silent before the row.
    pub const FOLLOWS_GAP: Self = Self(64);

    /// The bits of parts; those above them are the status.
    const PARTS: u16 = 127;
    /// Number of bits of parts.
    const PART_BITS: u32 = Self::PARTS.count_ones();

    /// The statuses by their numbers in stored rows, which never change; 0 is no status.
    const STATUSES: [VehicleStatus; 6] = [
        VehicleStatus::Idle,
        VehicleStatus::Moving,
        VehicleStatus::Charging,
        VehicleStatus::Error,
        VehicleStatus::Stopped,
        VehicleStatus::Maintenance,
    ];

    /// Returns the kind with the bits `bits`; `None` if they are not valid.
    pub(crate) fn from_bits(bits: i64) -> Option<Self> {
        let kind = Self(u16::try_from(bits).ok()?);
        let may_have_load = !kind.has(Self::LOAD) || kind.has(Self::CONDITION);
        let has_known_status = usize::from(kind.0 >> Self::PART_BITS) <= Self::STATUSES.len();
        (may_have_load && has_known_status).then_some(kind)
    }

    pub(crate) const fn bits(self) -> u16 {
        self.0
    }

    /// Returns `true` if the row has the part.
    #[must_use]
    pub const fn has(self, part: Self) -> bool {
        self.0 & part.0 != 0
    }

    /// Returns the kind with another part.
    #[must_use]
    pub const fn with(self, part: Self) -> Self {
        Self(self.0 | part.0)
    }

    /// Returns the kind without a part.
    #[must_use]
    pub const fn without(self, part: Self) -> Self {
        Self(self.0 & !part.0)
    }

    /// Returns the status and those parts that apply until they are reported again.
    pub(crate) const fn of_state(self) -> Self {
        let parts = Self::SPEED.0 | Self::BATTERY.0 | Self::CONDITION.0 | Self::LOAD.0;
        Self(self.0 & (parts | !Self::PARTS))
    }

    /// Returns the kind with another status.
    #[must_use]
    pub fn with_status(self, status: Option<VehicleStatus>) -> Self {
        let number = match status {
            None => 0,
            Some(VehicleStatus::Idle) => 1,
            Some(VehicleStatus::Moving) => 2,
            Some(VehicleStatus::Charging) => 3,
            Some(VehicleStatus::Error) => 4,
            Some(VehicleStatus::Stopped) => 5,
            Some(VehicleStatus::Maintenance) => 6,
        };
        Self((self.0 & Self::PARTS) | (number << Self::PART_BITS))
    }

    /// Returns the status of the vehicle.
    #[must_use]
    pub fn status(self) -> Option<VehicleStatus> {
        let number = usize::from(self.0 >> Self::PART_BITS);
        Self::STATUSES.get(number.wrapping_sub(1)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_keeps_its_status_and_parts() {
        let kind = Kind::POSITION.with(Kind::FOLLOWS_GAP);
        for status in VehicleStatus::ALL.iter().copied().map(Some).chain([None]) {
            let with_status = kind.with_status(status);
            assert_eq!(with_status.status(), status);
            assert_eq!(Kind::from_bits(i64::from(with_status.bits())), Some(with_status));
            assert!(with_status.has(Kind::POSITION) && !with_status.has(Kind::SPEED));
        }
    }

    #[test]
    fn impossible_kinds_are_refused() {
        for bits in [i64::from(Kind::LOAD.bits()), 7 << 7, 1 << 16, -1] {
            assert_eq!(Kind::from_bits(bits), None, "{bits}");
        }
    }

    #[test]
    fn error_codes_without_a_load_replace_those_with_a_load() {
        let mut row = Row {
            load: 5,
            kind: Kind::CONDITION.with(Kind::LOAD),
            ..Row::default()
        };
        let later = Row {
            kind: Kind::CONDITION.with_status(Some(VehicleStatus::Idle)),
            ..Row::default()
        };
        row.absorb(&later);
        assert_eq!(row, later);
    }
}
