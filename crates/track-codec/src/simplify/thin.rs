//! Choice of a given number of rows from any number of them.

use std::ops::Range;

use super::{
    line::{Simplifier, Tolerance},
    pick::pick,
    point::Point,
};
use crate::row::{Kind, Row};

/// Rows that a [`Thinner`] has chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Thinned {
    /// The chosen rows, in the order of time.
    pub rows: Vec<Row>,
    /// Bound, in millimetres, of the distances of all positions from the line through the chosen rows.
    pub max_error_mm: f64,
}

/// Error returned if a vehicle changed its map so often that the ends of the lines alone are too many points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the vehicle changed maps too often: choose a shorter time range or more points")]
pub struct TooFewPoints;

/// Chooses a number of rows in one pass, so that the line through them is near to all others.
///
/// The memory is bounded by the number of chosen rows. Rows are first simplified with a bound that is doubled whenever
/// too many remain. In the end, the rows that are farthest from the line through those chosen before are chosen, one
/// after another. The errors of the steps are added up, so the result states a bound and not the exact error.
///
/// Chosen rows have the state and status that applied at their time. If any row has a position, rows without one are
/// not chosen.
#[derive(Debug)]
pub struct Thinner {
    count: usize,
    gaps: Gaps,
    simplifier: Option<Simplifier>,
    /// Rows that remain.
    kept: Vec<Row>,
    /// Distance of the positions so far from the line through `kept`.
    error_mm: f64,
    /// The state and status that apply.
    held: Row,
    without_position: Sparse,
    has_failed: bool,
}

/// Interruptions of the line, at times when no row was received.
#[derive(Debug)]
struct Gaps {
    min_ms: i64,
    last_ms: Option<i64>,
    are_ignored: bool,
    /// The next row with a position follows a gap.
    is_open: bool,
}

impl Thinner {
    /// Rows that may remain before the last step, for each row to choose.
    const SPARE: usize = 8;

    /// Returns a thinner that chooses at most `count` rows, but may choose two. Where no row was received for more than
    /// `gap_ms`, the line is interrupted, unless the interruptions alone would take too many rows.
    #[must_use]
    pub fn new(count: usize, gap_ms: i64) -> Self {
        let count = count.max(2);
        Self {
            count,
            gaps: Gaps {
                min_ms: gap_ms,
                last_ms: None,
                are_ignored: false,
                is_open: false,
            },
            simplifier: None,
            kept: Vec::new(),
            error_mm: 0.0,
            held: Row::default(),
            without_position: Sparse::new(count),
            has_failed: false,
        }
    }

    /// Adds the next row, which is later than those before it.
    pub fn push(&mut self, row: &Row) {
        if self.has_failed {
            return;
        }
        let mut row = self.with_state(row);
        self.gaps.pass(&row);
        if !row.kind.has(Kind::POSITION) {
            self.without_position.push(&row);
            return;
        }
        row.kind = row.kind.without(Kind::FOLLOWS_GAP);
        if self.gaps.end() {
            row.kind = row.kind.with(Kind::FOLLOWS_GAP);
        }
        match &mut self.simplifier {
            Some(simplifier) => simplifier.push(&row, &mut self.kept),
            None => self.kept.push(row),
        }
        if self.kept.len() > self.count.saturating_mul(Self::SPARE) {
            self.coarsen();
        }
    }

    /// Returns `row` with the state and status that apply at its time.
    fn with_state(&mut self, row: &Row) -> Row {
        let mut whole = self.held;
        whole.at_ms = row.at_ms;
        whole.absorb(row);
        self.held = Row {
            speed: whole.speed,
            battery: whole.battery,
            load: whole.load,
            errors: whole.errors,
            kind: whole.kind.of_state(),
            ..Row::default()
        };
        whole
    }

    /// Simplifies the rows that remain until half of the memory is free.
    fn coarsen(&mut self) {
        let enough = self.count.saturating_mul(Self::SPARE / 2);
        if let Some(simplifier) = self.simplifier.take() {
            simplifier.finish(&mut self.kept);
        }
        if ends_of(&self.runs(true)) > enough {
            self.ignore_gaps();
        }
        if ends_of(&self.runs(false)) > enough {
            self.has_failed = true;
            return;
        }
        // The ends of runs are few enough, and no others remain once the bound is large enough.
        let mut bound = self.error_mm.max(first_bound(&self.kept));
        while self.kept.len() > enough {
            self.kept = simplified(&self.kept, bound);
            self.error_mm += bound;
            bound = self.error_mm;
        }
        // Rows before are up to this far from the line through those that remain, so the next ones may be as well.
        self.simplifier = Some(Simplifier::new(tolerance(self.error_mm)));
    }

    /// Continues lines through all gaps.
    fn ignore_gaps(&mut self) {
        self.gaps.are_ignored = true;
        for row in &mut self.kept {
            row.kind = row.kind.without(Kind::FOLLOWS_GAP);
        }
    }

    /// Returns the chosen rows.
    ///
    /// # Errors
    /// Fails if the ends of the lines on each map alone are more than the rows to choose.
    pub fn finish(mut self) -> Result<Thinned, TooFewPoints> {
        if let Some(simplifier) = self.simplifier.take() {
            simplifier.finish(&mut self.kept);
        }
        if self.kept.is_empty() {
            return Ok(Thinned {
                rows: self.without_position.rows,
                max_error_mm: 0.0,
            });
        }
        let points: Vec<Point> = self.kept.iter().map(Point::of).collect();
        let mut runs = self.runs(true);
        if ends_of(&runs) > self.count {
            runs = self.runs(false);
        }
        if self.has_failed || ends_of(&runs) > self.count {
            return Err(TooFewPoints);
        }
        let (chosen, error_mm) = pick(&points, &runs, self.count);
        Ok(Thinned {
            rows: chosen.into_iter().map(|index| self.kept[index]).collect(),
            max_error_mm: self.error_mm + error_mm,
        })
    }

    /// Returns the ranges of rows without a change of the map and, if `at_gaps`, without a gap.
    fn runs(&self, at_gaps: bool) -> Vec<Range<usize>> {
        let mut runs = Vec::new();
        let mut start = 0;
        for index in 1..=self.kept.len() {
            let ends = match self.kept.get(index) {
                None => true,
                Some(row) => {
                    row.place != self.kept[index - 1].place || (at_gaps && row.kind.has(Kind::FOLLOWS_GAP))
                }
            };
            if ends {
                runs.push(start..index);
                start = index;
            }
        }
        runs
    }
}

impl Gaps {
    /// Notes that a row was received.
    fn pass(&mut self, row: &Row) {
        let is_late = self
            .last_ms
            .is_some_and(|last_ms| row.at_ms.saturating_sub(last_ms) > self.min_ms);
        self.last_ms = Some(row.at_ms);
        self.is_open |= is_late || row.kind.has(Kind::FOLLOWS_GAP);
    }

    /// Returns `true` if there was a gap before the row with a position that was received now.
    fn end(&mut self) -> bool {
        std::mem::take(&mut self.is_open) && !self.are_ignored
    }
}

/// Gaps are marked in the rows: the times of rows that remain do not show them.
const fn tolerance(distance_mm: f64) -> Tolerance {
    Tolerance {
        distance_mm,
        heading: None,
        gap_ms: i64::MAX,
        keeps_states: false,
    }
}

fn simplified(rows: &[Row], bound: f64) -> Vec<Row> {
    let mut simplifier = Simplifier::new(tolerance(bound));
    let mut kept = Vec::with_capacity(rows.len());
    for row in rows {
        simplifier.push(row, &mut kept);
    }
    simplifier.finish(&mut kept);
    kept
}

/// Returns a bound, in millimetres, that is about the smallest with which a quarter of the rows is left out. Smaller
/// ones would cost as much time and hardly save rows.
fn first_bound(rows: &[Row]) -> f64 {
    /// Number of rows by which the bound is chosen.
    const SAMPLE: usize = 1_000;
    /// Positions are not stored more precisely.
    const SMALLEST: f64 = 1.0;
    const LARGEST: f64 = 1_000_000.0;
    let start = rows.len().saturating_sub(SAMPLE) / 2;
    let sample = &rows[start..rows.len().min(start + SAMPLE)];
    let mut bound = SMALLEST;
    while bound < LARGEST && simplified(sample, bound).len() > sample.len() * 3 / 4 {
        bound *= 2.0;
    }
    bound
}

fn ends_of(runs: &[Range<usize>]) -> usize {
    runs.iter().map(|run| run.len().min(2)).sum()
}

/// A number of rows at about equal distances.
#[derive(Debug)]
struct Sparse {
    rows: Vec<Row>,
    count: usize,
    /// Every such row is kept.
    stride: u64,
    seen: u64,
}

impl Sparse {
    const fn new(count: usize) -> Self {
        Self {
            rows: Vec::new(),
            count,
            stride: 1,
            seen: 0,
        }
    }

    fn push(&mut self, row: &Row) {
        if self.seen.is_multiple_of(self.stride) {
            if self.rows.len() == self.count {
                let mut index = 0;
                self.rows.retain(|_| {
                    index += 1;
                    index % 2 == 1
                });
                self.stride *= 2;
            }
            if self.seen.is_multiple_of(self.stride) && self.rows.len() < self.count {
                self.rows.push(*row);
            }
        }
        self.seen += 1;
    }
}
