//! Subscribers that follow the vehicles of the registry.

use std::collections::BTreeSet;

use domain::{AccessScope, GroupId, VehicleId};

use super::{Hub, SubscriberId};
use crate::{
    indices::VehicleIndex,
    live_table::{LiveTable, LiveVehicle},
    moment::Moment,
    roster::{Roster, RosterPage},
};

impl Hub {
    /// Starts to deliver the vehicles of the registry to a subscriber: a snapshot, then the changes. If the subscriber
    /// already follows the registry, it receives another snapshot.
    pub(crate) fn follow_registry(&mut self, id: SubscriberId) {
        let member = &mut self.members[id];
        member
            .roster
            .get_or_insert_with(|| Box::new(Roster::new()))
            .owe_snapshot();
        member.mailbox.set_roster_due(true);
        self.followers.insert(id);
    }

    pub(crate) fn unfollow_registry(&mut self, id: SubscriberId) {
        let member = &mut self.members[id];
        member.roster = None;
        member.mailbox.set_roster_due(false);
        self.followers.remove(&id);
    }

    /// Queues a new or changed description of a vehicle for all followers that may see it.
    pub(crate) fn description_changed(&mut self, vehicle: &mut LiveVehicle, index: VehicleIndex) {
        self.description_changed_for(vehicle, index, |_, _| true);
    }

    /// Queues a change of a vehicle's groups for the followers whose scope has one of the added or removed groups.
    /// Called only if nothing else in the vehicle's description has changed.
    pub(crate) fn groups_changed(
        &mut self,
        vehicle: &mut LiveVehicle,
        index: VehicleIndex,
        before: &BTreeSet<GroupId>,
    ) {
        let changed: Vec<_> = before.symmetric_difference(&vehicle.group_ids).copied().collect();
        self.description_changed_for(vehicle, index, |vehicle, scope| {
            changed
                .iter()
                .any(|group| scope.has_group(vehicle.organization_id, *group))
        });
    }

    fn description_changed_for(
        &mut self,
        vehicle: &mut LiveVehicle,
        index: VehicleIndex,
        is_concerned: impl Fn(&LiveVehicle, &AccessScope) -> bool,
    ) {
        vehicle.outdate_info();
        for &id in &self.followers {
            let member = &mut self.members[id];
            let is_concerned = is_concerned(vehicle, &member.key.scope);
            let is_visible = vehicle.is_within(&member.key.scope);
            // While the effect of a change of scope is still being sent, the subscriber has the description for an
            // earlier scope, which may contain groups that the current scope hides.
            if let Some(roster) = &mut member.roster
                && (is_concerned || roster.is_comparing())
                && roster.change(index, is_visible)
            {
                member.mailbox.set_roster_due(true);
            }
        }
    }

    /// Queues the deletion of a vehicle that is about to leave the table.
    pub(crate) fn vehicle_deleted(&mut self, index: VehicleIndex, vehicle: VehicleId) {
        for &id in &self.followers {
            let member = &mut self.members[id];
            if let Some(roster) = &mut member.roster
                && roster.remove(index, vehicle)
            {
                member.mailbox.set_roster_due(true);
            }
        }
    }

    /// Takes the next page of registry changes for a subscriber; `None` if the page would be empty. Clears the
    /// mailbox's mark if nothing more is due.
    pub(crate) fn take_roster(
        &mut self,
        id: SubscriberId,
        table: &mut LiveTable,
        now: Moment,
    ) -> Option<RosterPage> {
        let member = &mut self.members[id];
        let Some(roster) = &mut member.roster else {
            member.mailbox.set_roster_due(false);
            return None;
        };
        let events = roster.take(table, &member.key.scope);
        // Rosters only change under the lock of the core, which is held here, so no change is missed.
        if !roster.is_due() {
            member.mailbox.set_roster_due(false);
        }
        (!events.is_empty()).then(|| RosterPage {
            at: now,
            number: member.mailbox.number_roster_page(),
            events,
        })
    }
}
