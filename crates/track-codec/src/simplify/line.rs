//! Simplification of rows as they arrive.

use std::collections::VecDeque;

use super::{cone::Cone, point::Point};
use crate::{
    heading::Unwrap,
    row::{Kind, Row},
};

/// Maximum differences between a simplified line and the rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// Maximum distance of positions from the line, in millimetres.
    pub distance_mm: f64,
    /// Maximum difference of headings, in hundredths of a degree; `None` if they are not bounded.
    pub heading: Option<f64>,
    /// Milliseconds without a row after which the line is interrupted.
    pub gap_ms: i64,
    /// Whether every change of a status, battery level, load or error code is kept, as a row without a position if
    /// necessary.
    pub keeps_states: bool,
}

/// Number of rows that are tried after the last row to which a line is possible. A cone that admits nothing any more is
/// mostly recognised at once. If it is not, this bounds the work.
const LOOK_AHEAD: usize = 32;

/// Chooses rows so that no other row is farther from the line through them than a tolerance.
///
/// Rows are added in the order of time, and chosen ones are returned in that order. The memory is bounded, except for
/// rows without a position, which wait until the line has reached their time.
#[derive(Debug)]
pub struct Simplifier {
    tolerance: Tolerance,
    run: Option<Run>,
    unwrap: Unwrap,
    last_ms: Option<i64>,
    /// The next position follows a gap.
    follows_gap: bool,
    /// The battery, load, error codes and status that apply.
    held: Row,
    /// Chosen rows without a position that are later than the last chosen position.
    waiting: VecDeque<Row>,
}

/// A line that continues.
#[derive(Debug)]
struct Run {
    place: u32,
    cone: Cone,
    /// The last row to which the line may lead.
    end: Option<Candidate>,
    /// Rows after `end`.
    after: VecDeque<Candidate>,
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    row: Row,
    angle: i64,
}

impl Simplifier {
    /// Returns a simplifier with a tolerance.
    #[must_use]
    pub fn new(tolerance: Tolerance) -> Self {
        Self {
            tolerance,
            run: None,
            unwrap: Unwrap::default(),
            last_ms: None,
            follows_gap: false,
            held: Row::default(),
            waiting: VecDeque::new(),
        }
    }

    /// Adds the next row, which is later than those before it, and appends the rows that are chosen by now to `chosen`.
    pub fn push(&mut self, row: &Row, chosen: &mut Vec<Row>) {
        let mut row = *row;
        let is_late = self
            .last_ms
            .is_some_and(|last_ms| row.at_ms.saturating_sub(last_ms) > self.tolerance.gap_ms);
        self.last_ms = Some(row.at_ms);
        self.follows_gap |= is_late || row.kind.has(Kind::FOLLOWS_GAP);
        let has_position = row.kind.has(Kind::POSITION);
        let is_elsewhere = has_position && self.run.as_ref().is_some_and(|run| run.place != row.place);
        if self.follows_gap || is_elsewhere {
            self.finish_run(chosen);
        }
        if self.tolerance.keeps_states {
            self.keep_state(&row, chosen);
        }
        if !has_position {
            return;
        }
        if std::mem::take(&mut self.follows_gap) {
            row.kind = row.kind.with(Kind::FOLLOWS_GAP);
        }
        let candidate = Candidate {
            row,
            angle: self.unwrap.next(row.heading),
        };
        self.extend(candidate, chosen);
    }

    /// Ends the line, and appends the remaining chosen rows to `chosen`.
    pub fn finish(mut self, chosen: &mut Vec<Row>) {
        self.finish_run(chosen);
        chosen.extend(self.waiting);
    }

    /// Chooses a row without a position if `row` changes the battery, the load, the error codes or the status.
    fn keep_state(&mut self, row: &Row, chosen: &mut Vec<Row>) {
        let mut held = self.held;
        held.absorb(row);
        let is_changed = (held.battery, held.load, held.errors)
            != (self.held.battery, self.held.load, self.held.errors)
            || held.kind.of_state().without(Kind::SPEED) != self.held.kind;
        let shows_gap = self.follows_gap && !row.kind.has(Kind::POSITION);
        if !is_changed && !shows_gap {
            return;
        }
        self.held = Row {
            battery: held.battery,
            load: held.load,
            errors: held.errors,
            kind: held.kind.of_state().without(Kind::SPEED),
            ..Row::default()
        };
        let mut state = Row {
            at_ms: row.at_ms,
            speed: row.speed,
            battery: row.battery,
            load: row.load,
            errors: row.errors,
            kind: row.kind.of_state(),
            ..Row::default()
        };
        // A row with a position shows the gap itself.
        if shows_gap {
            self.follows_gap = false;
            state.kind = state.kind.with(Kind::FOLLOWS_GAP);
        }
        if self.run.is_some() || row.kind.has(Kind::POSITION) {
            self.waiting.push_back(state);
        } else {
            chosen.push(state);
        }
    }

    fn extend(&mut self, candidate: Candidate, chosen: &mut Vec<Row>) {
        let mut next = Some(candidate);
        let mut again = VecDeque::new();
        while let Some(candidate) = next {
            let Some(run) = &mut self.run else {
                self.start(candidate, chosen);
                next = again.pop_front();
                continue;
            };
            if run.offer(candidate) {
                // The rows after the new end of the line are tried again.
                let (end, mut after) = run.close();
                after.append(&mut again);
                again = after;
                if let Some(end) = end {
                    self.start(end, chosen);
                }
            }
            next = again.pop_front();
        }
    }

    /// Chooses a row, and starts a line there.
    fn start(&mut self, candidate: Candidate, chosen: &mut Vec<Row>) {
        self.choose(candidate.row, chosen);
        let angle = self.tolerance.heading.map(|bound| (candidate.angle, bound));
        self.run = Some(Run {
            place: candidate.row.place,
            cone: Cone::new(Point::of(&candidate.row), self.tolerance.distance_mm, angle),
            end: None,
            after: VecDeque::new(),
        });
    }

    fn finish_run(&mut self, chosen: &mut Vec<Row>) {
        while let Some(mut run) = self.run.take() {
            let (Some(end), after) = run.close() else {
                break;
            };
            if after.is_empty() {
                self.choose(end.row, chosen);
                break;
            }
            self.start(end, chosen);
            for candidate in after {
                self.extend(candidate, chosen);
            }
        }
        chosen.extend(self.waiting.drain(..));
    }

    /// Appends a chosen row with a position, and the rows without one that are before it.
    fn choose(&mut self, row: Row, chosen: &mut Vec<Row>) {
        while let Some(state) = self.waiting.pop_front_if(|state| state.at_ms <= row.at_ms) {
            // The row itself has the state of its time.
            if state.at_ms < row.at_ms {
                chosen.push(state);
            }
        }
        chosen.push(row);
    }
}

impl Run {
    /// Adds a row, and returns `true` if the line must end before it.
    fn offer(&mut self, candidate: Candidate) -> bool {
        let point = Point::of(&candidate.row);
        if self.cone.offer(&point, candidate.angle) {
            self.end = Some(candidate);
            self.after.clear();
            return false;
        }
        self.after.push_back(candidate);
        self.cone.is_empty() || self.after.len() >= LOOK_AHEAD
    }

    /// Returns the end of the line and the rows after it.
    fn close(&mut self) -> (Option<Candidate>, VecDeque<Candidate>) {
        (self.end.take(), std::mem::take(&mut self.after))
    }
}
