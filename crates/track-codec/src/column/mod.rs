//! Columns: one field of many rows.

mod entropy;
mod layout;
mod predictor;

pub(crate) use entropy::{Entropy, Width};
pub(crate) use layout::{Encoded, Layout};
pub(crate) use predictor::Predictor;

use domain::telemetry::Timestamp;

use crate::{
    heading::{Unwrap, wrapped},
    names::Names,
    quantise::MAX_UNITS,
    row::{Kind, Row},
};

/// A field of rows that is stored as a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// [`Row::kind`]
    Kind,
    /// [`Row::at_ms`]
    Time,
    /// [`Row::delay_ms`]
    Delay,
    /// [`Row::x`]
    X,
    /// [`Row::y`]
    Y,
    /// [`Row::z`]
    Z,
    /// [`Row::heading`]
    Heading,
    /// [`Row::place`]
    Place,
    /// [`Row::speed`]
    Speed,
    /// [`Row::battery`]
    Battery,
    /// [`Row::load`]
    Load,
    /// [`Row::errors`]
    Errors,
}

impl Column {
    /// All columns, in the order in which they are stored.
    pub const ALL: [Self; 12] = [
        Self::Kind,
        Self::Time,
        Self::Delay,
        Self::X,
        Self::Y,
        Self::Z,
        Self::Heading,
        Self::Place,
        Self::Speed,
        Self::Battery,
        Self::Load,
        Self::Errors,
    ];

    /// Returns the part that a row must have for a value in this column; `None` if every row has a value.
    pub(crate) const fn part(self) -> Option<Kind> {
        match self {
            Self::Kind | Self::Time => None,
            Self::Delay => Some(Kind::DELAY),
            Self::X | Self::Y | Self::Z | Self::Heading | Self::Place => Some(Kind::POSITION),
            Self::Speed => Some(Kind::SPEED),
            Self::Battery => Some(Kind::BATTERY),
            Self::Errors => Some(Kind::CONDITION),
            Self::Load => Some(Kind::LOAD),
        }
    }

    /// Appends the values of `rows` to `values`. Headings become angles that continue beyond a full turn.
    pub(crate) fn extract(self, rows: &[Row], unwrap: &mut Unwrap, values: &mut Vec<i64>) {
        match self {
            Self::Kind => values.extend(rows.iter().map(|row| i64::from(row.kind.bits()))),
            Self::Time => values.extend(rows.iter().map(|row| row.at_ms)),
            Self::Delay => self.extract_part(rows, values, |row| row.delay_ms),
            Self::X => self.extract_part(rows, values, |row| row.x),
            Self::Y => self.extract_part(rows, values, |row| row.y),
            Self::Z => self.extract_part(rows, values, |row| row.z),
            Self::Heading => self.extract_part(rows, values, |row| unwrap.next(row.heading)),
            Self::Place => self.extract_part(rows, values, |row| i64::from(row.place)),
            Self::Speed => self.extract_part(rows, values, |row| row.speed),
            Self::Battery => self.extract_part(rows, values, |row| row.battery),
            Self::Load => self.extract_part(rows, values, |row| row.load),
            Self::Errors => self.extract_part(rows, values, |row| i64::from(row.errors)),
        }
    }

    fn extract_part(self, rows: &[Row], values: &mut Vec<i64>, mut value: impl FnMut(&Row) -> i64) {
        let part = self.part().expect("a column of a part");
        values.extend(rows.iter().filter(|row| row.kind.has(part)).map(&mut value));
    }

    /// Sets this field of those `rows` that have it, and returns `true` if all values are possible. `values` has one
    /// value for each of these rows.
    pub(crate) fn assign(self, rows: &mut [Row], values: &[i64], names: NameCounts) -> bool {
        let times = 0..=Timestamp::MAX.as_unix_ms();
        let units = -MAX_UNITS..=MAX_UNITS;
        match self {
            Self::Kind => rows.iter_mut().zip(values).all(|(row, &value)| {
                let kind = Kind::from_bits(value);
                row.kind = kind.unwrap_or_default();
                kind.is_some()
            }),
            Self::Time => self.set(rows, values, |row, at_ms| {
                row.at_ms = at_ms;
                times.contains(&at_ms)
            }),
            Self::Delay => self.set(rows, values, |row, delay_ms| {
                row.delay_ms = delay_ms;
                times.contains(&row.at_ms.saturating_add(delay_ms))
            }),
            Self::X => self.set(rows, values, |row, x| {
                row.x = x;
                units.contains(&x)
            }),
            Self::Y => self.set(rows, values, |row, y| {
                row.y = y;
                units.contains(&y)
            }),
            Self::Z => self.set(rows, values, |row, z| {
                row.z = z;
                units.contains(&z)
            }),
            Self::Heading => self.set(rows, values, |row, angle| {
                row.heading = wrapped(angle);
                true
            }),
            Self::Place => self.set(rows, values, |row, place| {
                row.place = place as u32;
                (0..i64::from(names.places)).contains(&place)
            }),
            Self::Speed => self.set(rows, values, |row, speed| {
                row.speed = speed;
                (0..=MAX_UNITS).contains(&speed)
            }),
            Self::Battery => self.set(rows, values, |row, battery| {
                row.battery = battery;
                (0..=10_000).contains(&battery)
            }),
            Self::Load => self.set(rows, values, |row, load| {
                row.load = load;
                (0..=MAX_UNITS).contains(&load)
            }),
            Self::Errors => self.set(rows, values, |row, errors| {
                row.errors = errors as u32;
                (0..i64::from(names.error_sets)).contains(&errors)
            }),
        }
    }

    fn set(self, rows: &mut [Row], values: &[i64], mut set: impl FnMut(&mut Row, i64) -> bool) -> bool {
        let part = self.part();
        let with_values = rows
            .iter_mut()
            .filter(|row| part.is_none_or(|part| row.kind.has(part)));
        let mut are_possible = true;
        for (row, &value) in with_values.zip(values) {
            are_possible &= set(row, value);
        }
        are_possible
    }

    /// Returns the number of values that `rows`, whose kinds are known, have in this column.
    pub(crate) fn count(self, rows: &[Row]) -> usize {
        match self.part() {
            None => rows.len(),
            Some(part) => rows.iter().filter(|row| row.kind.has(part)).count(),
        }
    }
}

/// Numbers of names of a block. A row refers to one of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NameCounts {
    pub(crate) places: u32,
    pub(crate) error_sets: u32,
}

impl NameCounts {
    pub(crate) fn of(names: &Names) -> Self {
        Self {
            places: names.places().len() as u32,
            error_sets: names.error_sets().len() as u32,
        }
    }
}

/// A set of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns(u16);

impl Columns {
    /// All columns.
    pub const ALL: Self = Self(0xfff);
    /// The times of the rows and the parts that they have.
    pub const TIMES: Self = Self(0).with(Column::Kind).with(Column::Time);
    /// The times, coordinates and maps of the rows, and the parts that they have.
    pub const LINE: Self = Self::TIMES
        .with(Column::X)
        .with(Column::Y)
        .with(Column::Z)
        .with(Column::Place);

    /// Returns the set with another column.
    #[must_use]
    pub const fn with(self, column: Column) -> Self {
        Self(self.0 | 1 << column as u16)
    }

    /// Returns `true` if the column is in the set.
    #[must_use]
    pub const fn has(self, column: Column) -> bool {
        self.0 & 1 << column as u16 != 0
    }
}
