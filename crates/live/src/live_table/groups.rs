use std::collections::{BTreeSet, HashMap, hash_map::Entry};

use domain::{AccessScope, GroupId, OrganizationId};

/// A group that has vehicles.
#[derive(Debug)]
struct Group {
    organization_id: OrganizationId,
    vehicles: usize,
}

/// The groups that have vehicles.
#[derive(Debug, Default)]
pub(super) struct Groups(HashMap<GroupId, Group>);

impl Groups {
    /// Returns `true` if a group has vehicles and is within a scope.
    pub(super) fn has(&self, scope: &AccessScope, id: GroupId) -> bool {
        self.0
            .get(&id)
            .is_some_and(|group| scope.has_group(group.organization_id, id))
    }

    /// Adds a vehicle to groups of its organisation.
    pub(super) fn add(&mut self, groups: &BTreeSet<GroupId>, organization_id: OrganizationId) {
        for &id in groups {
            let group = self.0.entry(id).or_insert(Group {
                organization_id,
                vehicles: 0,
            });
            group.vehicles += 1;
        }
    }

    /// Removes a vehicle from groups.
    pub(super) fn remove(&mut self, groups: &BTreeSet<GroupId>) {
        for id in groups {
            if let Entry::Occupied(mut group) = self.0.entry(*id) {
                group.get_mut().vehicles -= 1;
                if group.get().vehicles == 0 {
                    group.remove();
                }
            }
        }
    }
}
