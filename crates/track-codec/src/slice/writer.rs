//! Writing of slices.

use domain::VehicleId;

use super::{MAGIC, PREFIX, VERSION};
use crate::{
    block::MAX_ROWS,
    bytes::{put_signed, put_unsigned},
    checksum::checksum,
    column::Column,
    fault::Unencodable,
    heading::Unwrap,
    rows::Rows,
};

/// Collects the rows of vehicles for a slice.
#[derive(Debug, Default)]
pub struct SliceWriter {
    vehicles: Vec<Entry>,
    rows: Vec<u8>,
}

#[derive(Debug)]
struct Entry {
    id: VehicleId,
    rows: usize,
    /// Start and end in the bytes of all rows.
    start: usize,
    end: usize,
}

impl SliceWriter {
    /// Returns a slice without vehicles.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns `true` if no vehicle was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.vehicles.is_empty()
    }

    /// Adds the rows of a vehicle, in any order. Each vehicle is added once.
    ///
    /// # Errors
    /// Fails if there are more than [`MAX_ROWS`] rows, or one refers to a name that does not exist.
    pub fn add(&mut self, id: VehicleId, rows: &Rows) -> Result<(), Unencodable> {
        if rows.is_empty() {
            return Ok(());
        }
        if rows.len() > MAX_ROWS {
            return Err(Unencodable::TooManyRows);
        }
        let rows = Rows::referring(rows.as_slice(), rows.names()).ok_or(Unencodable::UnknownName)?;
        let start = self.rows.len();
        write_rows(&rows, &mut self.rows);
        self.vehicles.push(Entry {
            id,
            rows: rows.len(),
            start,
            end: self.rows.len(),
        });
        Ok(())
    }

    /// Returns the slice.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.vehicles.sort_by_key(|vehicle| vehicle.id);
        let mut out = Vec::with_capacity(PREFIX + self.rows.len() + 24 * self.vehicles.len() + 8);
        out.extend_from_slice(&MAGIC);
        out.push(VERSION);
        out.resize(PREFIX, 0);
        put_unsigned(&mut out, self.vehicles.len() as u64);
        for vehicle in &self.vehicles {
            out.extend_from_slice(vehicle.id.as_uuid().as_bytes());
            put_unsigned(&mut out, vehicle.rows as u64);
            put_unsigned(&mut out, (vehicle.end - vehicle.start) as u64);
        }
        for vehicle in &self.vehicles {
            out.extend_from_slice(&self.rows[vehicle.start..vehicle.end]);
        }
        let length = u32::try_from(out.len() - PREFIX).expect("slices of less than 4 GiB");
        let sum = checksum(&out[PREFIX..]);
        out[MAGIC.len() + 1..PREFIX - 4].copy_from_slice(&length.to_le_bytes());
        out[PREFIX - 4..PREFIX].copy_from_slice(&sum.to_le_bytes());
        out
    }
}

/// Writes rows column by column: whether all values are the same, the first value, and if they are not, the
/// differences.
fn write_rows(rows: &Rows, out: &mut Vec<u8>) {
    rows.names().write(out);
    let mut values = Vec::with_capacity(rows.len());
    for column in Column::ALL {
        values.clear();
        column.extract(rows.as_slice(), &mut Unwrap::default(), &mut values);
        let Some(&first) = values.first() else {
            continue;
        };
        let is_constant = values.iter().all(|&value| value == first);
        out.push(is_constant.into());
        put_signed(out, first);
        if !is_constant {
            for pair in values.windows(2) {
                put_signed(out, pair[1].wrapping_sub(pair[0]));
            }
        }
    }
}
