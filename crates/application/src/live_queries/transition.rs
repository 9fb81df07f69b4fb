//! Transitions from one scope to another, for a client that keeps a list of vehicles.

use std::{sync::Arc, time::Duration};

use ::live::TableCursor;
use domain::{AccessScope, vehicle::Vehicle};
use tokio::time::Instant;

use super::{presence::UNTIL_THE_LOG_IS_READ, selection::Selection};

/// Maximum number of changes of rights that one transition covers.
const MAX_CHANGES_OF_RIGHTS: usize = 8;

/// Delay before vehicles are removed after a change of rights. The grants on a deleted vehicle are deleted with it, and
/// the client should be notified of the deletion instead of a loss of access.
const BEFORE_REMOVAL: Duration = UNTIL_THE_LOG_IS_READ;

/// Transition from earlier rights to the current ones, in two walks over all vehicles. The first walk adds new vehicles
/// and updates those that are now shown with other groups. The second removes vehicles that are no longer visible,
/// after deletions have had time to arrive.
pub(super) struct Transition {
    step: Step,
    /// Earliest time of the removal. Further changes of rights don't postpone it.
    removes_at: Instant,
    /// The scopes within which the client may have received vehicles. They are kept until the end: if a vehicle becomes
    /// visible again before it is removed, the client has it as it was last shown.
    earlier: Vec<Arc<AccessScope>>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// Compare the vehicles, starting at a place in the table.
    Compare(TableCursor),
    /// Wait until the removal is due.
    Wait,
    /// Remove the vehicles that are no longer visible, starting at a place in the table.
    Remove(TableCursor),
    End,
}

impl Transition {
    /// Maximum number of places in the table that one step visits.
    pub(super) const AT_ONCE: usize = 500;

    /// Starts a transition after a change of rights, or restarts the one under way; `None` if it would cover too many
    /// changes.
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

    /// Returns `true` once the removal of vehicles that are no longer visible has begun.
    pub(super) const fn removes(&self) -> bool {
        matches!(self.step, Step::Remove(_) | Step::End)
    }

    /// Returns `true` if the scope `now` shows other groups of a vehicle than an earlier scope did.
    pub(super) fn changes_groups(&self, vehicle: &Vehicle, now: &AccessScope) -> bool {
        let is_shown = |scope: &AccessScope, group| scope.has_group(vehicle.organization_id, group);
        let mut groups = vehicle.group_ids.iter();
        groups.any(|&group| {
            let mut earlier = self.earlier.iter();
            earlier.any(|scope| is_shown(scope, group) != is_shown(now, group))
        })
    }
}
