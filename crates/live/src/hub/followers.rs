//! Subscribers who follow which vehicles there are.

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
    /// Tells a subscriber which vehicles there are, and from then on what changes. Asked for again, it is told all of it
    /// again.
    pub(crate) fn follow_registry(&mut self, id: SubscriberId) {
        let member = &mut self.members[id];
        member
            .roster
            .get_or_insert_with(|| Box::new(Roster::new()))
            .owe_snapshot();
        member.mailbox.set_roster_due(true);
        self.followers.insert(id);
    }

    /// Tells a subscriber no more of the registry.
    pub(crate) fn unfollow_registry(&mut self, id: SubscriberId) {
        let member = &mut self.members[id];
        member.roster = None;
        member.mailbox.set_roster_due(false);
        self.followers.remove(&id);
    }

    /// The registry's description of a vehicle is new or another one.
    pub(crate) fn description_changed(&mut self, vehicle: &mut LiveVehicle, index: VehicleIndex) {
        self.description_changed_for(vehicle, index, |_, _| true);
    }

    /// The groups of a vehicle, and nothing else of its description, are others. A subscriber whose scope has none of the groups
    /// that came or went sees no change.
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
            if !is_concerned(vehicle, &member.key.scope) {
                continue;
            }
            let is_visible = vehicle.is_within(&member.key.scope);
            if let Some(roster) = &mut member.roster
                && roster.change(index, is_visible)
            {
                member.mailbox.set_roster_due(true);
            }
        }
    }

    /// A vehicle is about to be taken out of the table.
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

    /// Takes the next changes of the registry for a subscriber, and notes whether there are more.
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
