use crate::{
    Fault,
    bytes::{Reader, put_signed, put_unsigned},
    quantise::MAX_UNITS,
    row::{Kind, Row},
};

/// Smallest box that has all positions, in millimetres. Positions on several maps share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Smallest x, y and z.
    pub min: [i64; 3],
    /// Largest x, y and z.
    pub max: [i64; 3],
}

impl Bounds {
    /// Returns the bounds of the rows that have a position; `None` if none has.
    #[must_use]
    pub fn of(rows: &[Row]) -> Option<Self> {
        let mut positions = rows
            .iter()
            .filter(|row| row.kind.has(Kind::POSITION))
            .map(|row| [row.x, row.y, row.z]);
        let first = positions.next()?;
        let (mut min, mut max) = (first, first);
        for position in positions {
            for axis in 0..3 {
                min[axis] = min[axis].min(position[axis]);
                max[axis] = max[axis].max(position[axis]);
            }
        }
        Some(Self { min, max })
    }

    pub(super) fn write(self, out: &mut Vec<u8>) {
        for axis in 0..3 {
            put_signed(out, self.min[axis]);
            put_unsigned(out, self.min[axis].abs_diff(self.max[axis]));
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        const FAULT: Fault = Fault::Invalid("the bounds");
        let (mut min, mut max) = ([0; 3], [0; 3]);
        for axis in 0..3 {
            min[axis] = reader.signed()?;
            max[axis] = min[axis].checked_add_unsigned(reader.unsigned()?).ok_or(FAULT)?;
            if min[axis] < -MAX_UNITS || max[axis] > MAX_UNITS {
                return Err(FAULT);
            }
        }
        Ok(Self { min, max })
    }
}
