//! Rows of one vehicle, with the names that they refer to.

use std::{ops::Range, sync::Arc};

use domain::{
    history::{Sample, SampledCondition, SampledPosition},
    telemetry::{Percentage, Timestamp},
};

use crate::{
    names::{Names, Place},
    quantise::{HUNDREDTHS, OutOfRange, THOUSANDTHS, quantity, units},
    row::{Kind, Row},
};

/// Rows of one vehicle.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    rows: Vec<Row>,
    names: Names,
}

impl Rows {
    /// Returns no rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the rows.
    #[must_use]
    pub fn as_slice(&self) -> &[Row] {
        &self.rows
    }

    /// Returns the names that the rows refer to.
    #[must_use]
    pub const fn names(&self) -> &Names {
        &self.names
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns `true` if there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Removes the rows. The names are kept, so that later rows can refer to them.
    pub fn clear(&mut self) {
        self.rows.clear();
    }

    /// Replaces the rows. The new ones must refer to the names of the old ones.
    #[must_use]
    pub fn with_rows(&self, rows: Vec<Row>) -> Self {
        Self {
            rows,
            names: self.names.clone(),
        }
    }

    /// Quantises a sample, and adds it.
    ///
    /// # Errors
    /// Fails if a quantity is too large. Then nothing is added.
    pub fn push(&mut self, sample: &Sample) -> Result<(), OutOfRange> {
        let mut row = Row {
            at_ms: sample.at.as_unix_ms(),
            ..Row::default()
        };
        let mut kind = Kind::default().with_status(sample.status);
        if let Some(received_at) = sample.received_at {
            row.delay_ms = received_at.ms_since(sample.at);
            kind = kind.with(Kind::DELAY);
        }
        if sample.follows_gap {
            kind = kind.with(Kind::FOLLOWS_GAP);
        }
        if let Some(speed) = sample.speed {
            row.speed = units(speed, THOUSANDTHS, "speed")?;
            kind = kind.with(Kind::SPEED);
        }
        if let Some(battery) = sample.battery {
            row.battery = units(battery.get(), HUNDREDTHS, "battery")?;
            kind = kind.with(Kind::BATTERY);
        }
        if let Some(load) = sample.condition.as_ref().and_then(|condition| condition.load) {
            row.load = units(load, THOUSANDTHS, "load")?;
            kind = kind.with(Kind::LOAD);
        }
        if let Some(position) = &sample.position {
            row.x = units(position.x, THOUSANDTHS, "x")?;
            row.y = units(position.y, THOUSANDTHS, "y")?;
            row.z = units(position.z, THOUSANDTHS, "z")?;
            row.heading = crate::heading::wrapped(units(position.heading, HUNDREDTHS, "heading")?);
            row.place = self.names.number_of_place(Place {
                frame_id: position.frame_id.clone(),
                map_id: position.map_id.clone(),
            });
            kind = kind.with(Kind::POSITION);
        }
        if let Some(condition) = &sample.condition {
            row.errors = self.names.number_of_errors(Arc::clone(&condition.error_codes));
            kind = kind.with(Kind::CONDITION);
        }
        row.kind = kind;
        self.rows.push(row);
        Ok(())
    }

    /// Returns the rows with those of the `names` that they refer to; `None` if one of them does not exist.
    pub(crate) fn referring(rows: &[Row], names: &Names) -> Option<Self> {
        let mut used = Self {
            rows: Vec::with_capacity(rows.len()),
            names: Names::default(),
        };
        let mut places = vec![None; names.places().len()];
        let mut error_sets = vec![None; names.error_sets().len()];
        for row in rows {
            let mut row = *row;
            if row.kind.has(Kind::POSITION) {
                let number = places.get_mut(row.place as usize)?;
                let place = &names.places()[row.place as usize];
                row.place = *number.get_or_insert_with(|| used.names.number_of_place(place.clone()));
            }
            if row.kind.has(Kind::CONDITION) {
                let number = error_sets.get_mut(row.errors as usize)?;
                let codes = &names.error_sets()[row.errors as usize];
                row.errors = *number.get_or_insert_with(|| used.names.number_of_errors(Arc::clone(codes)));
            }
            used.rows.push(row);
        }
        Some(used)
    }

    pub(crate) const fn from_parts(rows: Vec<Row>, names: Names) -> Self {
        Self { rows, names }
    }

    pub(crate) fn names_mut(&mut self) -> &mut Names {
        &mut self.names
    }

    pub(crate) fn rows_mut(&mut self) -> &mut Vec<Row> {
        &mut self.rows
    }

    /// Returns a row as a sample.
    ///
    /// # Panics
    /// Panics if there is no row `index`.
    #[must_use]
    pub fn sample(&self, index: usize) -> Sample {
        let row = &self.rows[index];
        let at = timestamp(row.at_ms);
        Sample {
            at,
            received_at: (row.kind.has(Kind::DELAY))
                .then(|| timestamp(row.at_ms.saturating_add(row.delay_ms))),
            position: row.kind.has(Kind::POSITION).then(|| self.position(row)),
            speed: row
                .kind
                .has(Kind::SPEED)
                .then(|| quantity(row.speed, THOUSANDTHS)),
            battery: row.kind.has(Kind::BATTERY).then(|| battery(row)),
            condition: row.kind.has(Kind::CONDITION).then(|| self.condition(row)),
            status: row.kind.status(),
            follows_gap: row.kind.has(Kind::FOLLOWS_GAP),
        }
    }

    /// Returns the rows as samples.
    pub fn samples(&self) -> impl Iterator<Item = Sample> {
        (0..self.len()).map(|index| self.sample(index))
    }

    fn position(&self, row: &Row) -> SampledPosition {
        let place = self.names.places().get(row.place as usize);
        SampledPosition {
            x: quantity(row.x, THOUSANDTHS),
            y: quantity(row.y, THOUSANDTHS),
            z: quantity(row.z, THOUSANDTHS),
            heading: quantity(row.heading, HUNDREDTHS),
            frame_id: place.and_then(|place| place.frame_id.clone()),
            map_id: place.and_then(|place| place.map_id.clone()),
        }
    }

    fn condition(&self, row: &Row) -> SampledCondition {
        let codes = self.names.error_sets().get(row.errors as usize);
        SampledCondition {
            load: row.kind.has(Kind::LOAD).then(|| quantity(row.load, THOUSANDTHS)),
            error_codes: codes.cloned().unwrap_or_default(),
        }
    }

    /// Adds the rows of `other`, and the names that they refer to.
    pub fn append(&mut self, other: &Self) {
        let numbers = self.names.adopt(&other.names);
        self.rows.extend(other.rows.iter().map(|row| {
            let mut row = *row;
            numbers.apply(&mut row);
            row
        }));
    }

    /// Sorts the rows by time, and joins those of the same time: the parts of later rows take precedence.
    pub fn sort(&mut self) {
        if self.rows.is_sorted_by(|before, after| before.at_ms < after.at_ms) {
            return;
        }
        self.rows.sort_by_key(|row| row.at_ms);
        self.rows.dedup_by(|later, row| {
            let is_same = later.at_ms == row.at_ms;
            if is_same {
                row.absorb(later);
            }
            is_same
        });
    }

    /// Joins the rows of several blocks, which may overlap, in the order of time. Blocks are given in the order in
    /// which they were written: of rows with the same time, the parts of the later block take precedence.
    #[must_use]
    pub fn merge<'a>(blocks: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut merged = Self::default();
        for block in blocks {
            merged.append(block);
        }
        merged.sort();
        merged
    }

    /// Keeps the rows whose times are in the range `times`. The rows must be sorted.
    pub fn cut(&mut self, times: Range<i64>) {
        self.rows
            .truncate(self.rows.partition_point(|row| row.at_ms < times.end));
        self.rows
            .drain(..self.rows.partition_point(|row| row.at_ms < times.start));
    }
}

/// Returns the charge of the battery. Decoded rows have valid ones only.
fn battery(row: &Row) -> Percentage {
    let percent = quantity(row.battery, HUNDREDTHS).clamp(0.0, 100.0);
    Percentage::new(percent).expect("a number between 0 and 100")
}

/// Returns a time. Decoded rows have valid times only.
fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(ms.clamp(0, Timestamp::MAX.as_unix_ms())).expect("a time in range")
}
