//! The change from one scope to another, for a client that keeps a list of vehicles.

use std::{sync::Arc, time::Duration};

use ::live::TableCursor;
use domain::{AccessScope, vehicle::Vehicle};
use tokio::time::Instant;

use super::{presence::UNTIL_THE_LOG_IS_READ, selection::Selection};

/// Maximum number of changes of rights that may follow one another before the first has been processed.
const MAX_CHANGES_OF_RIGHTS: usize = 8;

/// Delay before vehicles are removed after a change of rights. The grants of a deleted vehicle are deleted with it,
/// and the client should receive the deletion rather than a loss of access.
const BEFORE_REMOVAL: Duration = UNTIL_THE_LOG_IS_READ;

/// The change from earlier rights to the current ones, in two walks over all vehicles. The first adds new vehicles
/// and updates those that are now shown differently; the second removes lost vehicles, after there has been time to
/// receive deletions.
pub(super) struct Transition {
    step: Step,
    /// Earliest time of the removal. Later changes of rights do not postpone it.
    removes_at: Instant,
    /// The scopes under which the client may have received vehicles. They are kept to the end: the client knows a
    /// vehicle that returns before its removal in the form in which it was last shown.
    earlier: Vec<Arc<AccessScope>>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// Compare the vehicles, starting at a place of the table.
    Compare(TableCursor),
    /// Wait until the removal is due.
    Wait,
    /// Remove the vehicles that are no longer visible, starting at a place of the table.
    Remove(TableCursor),
    End,
}

impl Transition {
    /// Number of places of the table that one step visits.
    pub(super) const AT_ONCE: usize = 500;

    /// Restarts the comparison after a change of rights; `None` if too many changes have followed one another.
    pub(super) fn further(under_way: Option<Self>, before: &Selection) -> Option<Self> {
        let mut transition = under_way.unwrap_or_else(|| Self {
            step: Step::Wait,
            removes_at: Instant::now() + BEFORE_REMOVAL,
            earlier: Vec::new(),
        });
        transition.step = Step::Compare(TableCursor::START);
        transition.earlier.push(Arc::clone(before.scope()));
        (transition.earlier.len() <= MAX_CHANGES_OF_RIGHTS).then_some(transition)
    }

    pub(super) fn due(&self) -> Instant {
        match self.step {
            Step::Wait => self.removes_at,
            Step::Compare(_) | Step::Remove(_) | Step::End => Instant::now(),
        }
    }

    pub(super) const fn step(&self) -> Step {
        self.step
    }

    pub(super) fn compared_until(&mut self, next: Option<TableCursor>) {
        self.step = next.map_or(Step::Wait, Step::Compare);
    }

    pub(super) const fn waited(&mut self) {
        self.step = Step::Remove(TableCursor::START);
    }

    pub(super) fn removed_until(&mut self, next: Option<TableCursor>) {
        self.step = next.map_or(Step::End, Step::Remove);
    }

    /// Returns `true` if vehicles that are no longer visible are being removed.
    pub(super) const fn removes(&self) -> bool {
        matches!(self.step, Step::Remove(_) | Step::End)
    }

    /// Returns `true` if scope `now` shows other groups of a vehicle than one of the earlier scopes.
    pub(super) fn changes_groups(&self, vehicle: &Vehicle, now: &AccessScope) -> bool {
        let is_shown = |scope: &AccessScope, group| scope.has_group(vehicle.organization_id, group);
        let mut groups = vehicle.group_ids.iter();
        groups.any(|&group| {
            let mut earlier = self.earlier.iter();
            earlier.any(|scope| is_shown(scope, group) != is_shown(now, group))
        })
    }
}
