//! From one scope to the next, for a client that keeps a list of vehicles.

use std::{sync::Arc, time::Duration};

use ::live::TableCursor;
use domain::{AccessScope, vehicle::Vehicle};
use tokio::time::Instant;

use super::{presence::UNTIL_THE_LOG_IS_READ, selection::Selection};

/// How many changes of rights may follow one another before the first has been worked off.
const MAX_CHANGES_OF_RIGHTS: usize = 8;

/// How long the removal of vehicles waits after rights have changed: with a vehicle that is deleted go the grants of it, and
/// it is to be told as deleted.
const BEFORE_REMOVAL: Duration = UNTIL_THE_LOG_IS_READ;

/// The way from earlier rights to the present ones, in two walks over all vehicles: what was gained, and what is shown
/// differently, comes at once; what was lost comes when there has been time to hear of deletions.
pub(super) struct Transition {
    step: Step,
    /// When to begin to remove. Later changes of rights do not put it off.
    removes_at: Instant,
    /// The scopes in which the client may have been shown vehicles. They stay to the end: a vehicle that comes back before it
    /// was removed is known as it was shown before.
    earlier: Vec<Arc<AccessScope>>,
}

/// What is to be done next.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// To compare the vehicles from a place on.
    Compare(TableCursor),
    /// To wait until it is time to remove.
    Wait,
    /// To remove the vehicles from a place on that may not be seen any more.
    Remove(TableCursor),
    /// Nothing but to note that it is over.
    End,
}

impl Transition {
    /// How many vehicles are looked at in one step.
    pub(super) const AT_ONCE: usize = 500;

    /// Begins anew after a change of rights; `None` when too many have followed one another.
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

    /// When the next step is due.
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

    /// Whether vehicles that may not be seen any more are to be removed by now.
    pub(super) const fn removes(&self) -> bool {
        matches!(self.step, Step::Remove(_) | Step::End)
    }

    /// Whether other groups of a vehicle are shown in a scope than before.
    pub(super) fn changes_groups(&self, vehicle: &Vehicle, now: &AccessScope) -> bool {
        let is_shown = |scope: &AccessScope, group| scope.has_group(vehicle.organization_id, group);
        let mut groups = vehicle.group_ids.iter();
        groups.any(|&group| {
            let mut earlier = self.earlier.iter();
            earlier.any(|scope| is_shown(scope, group) != is_shown(now, group))
        })
    }
}
