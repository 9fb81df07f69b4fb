//! Points of lines.

use crate::row::Row;

/// Position of a row, in millimetres, at its time in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) at_ms: i64,
    pub(super) position: [f64; 3],
}

impl Point {
    pub(super) fn of(row: &Row) -> Self {
        Self {
            at_ms: row.at_ms,
            position: [row.x as f64, row.y as f64, row.z as f64],
        }
    }

    /// Returns the square of the distance, in mm², to the line from `start` to `end` at the time of this point.
    pub(super) fn error_squared(&self, start: &Self, end: &Self) -> f64 {
        let span = end.at_ms.saturating_sub(start.at_ms);
        let part = if span > 0 {
            self.at_ms.saturating_sub(start.at_ms) as f64 / span as f64
        } else {
            0.0
        };
        (0..3)
            .map(|axis| {
                let (from, to) = (start.position[axis], end.position[axis]);
                let off = self.position[axis] - (from + (to - from) * part);
                off * off
            })
            .sum()
    }
}

/// Returns the distance, in millimetres, between the position of `row` and the line from the position of `start` to
/// that of `end`, at the time of `row`, which is between those of the two.
#[must_use]
pub fn distance_to_line(row: &Row, start: &Row, end: &Row) -> f64 {
    Point::of(row)
        .error_squared(&Point::of(start), &Point::of(end))
        .sqrt()
}
