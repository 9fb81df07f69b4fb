//! The organisations to which dead letters belong: those of the vehicles that they name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{OrganizationId, VehicleId};

use super::DeadLetterAdministration;
use crate::{Actor, error::Result, ports::StoredDeadLetter, telemetry::DeadLetter};

/// Organisations of the vehicles that some letters name, within the scope of a caller.
pub(super) struct Owners(HashMap<VehicleId, OrganizationId>);

impl Owners {
    /// Returns the organisation of a letter's vehicle; `None` if the letter names no vehicle that exists for the
    /// caller.
    pub(super) fn of(&self, letter: &DeadLetter) -> Option<OrganizationId> {
        self.0.get(&letter.vehicle_id?).copied()
    }

    /// Groups letters by their organisations, because each organisation has its own audit entries.
    pub(super) fn group<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        letter: impl Fn(&T) -> &DeadLetter,
    ) -> BTreeMap<Option<OrganizationId>, Vec<T>> {
        let mut groups: BTreeMap<_, Vec<T>> = BTreeMap::new();
        for item in items {
            groups.entry(self.of(letter(&item))).or_default().push(item);
        }
        groups
    }
}

impl DeadLetterAdministration {
    /// Looks up the organisations of letters in the registry.
    pub(super) async fn owners(&self, actor: &Actor, letters: &[StoredDeadLetter]) -> Result<Owners> {
        let ids: BTreeSet<_> = letters
            .iter()
            .filter_map(|stored| stored.letter.vehicle_id)
            .collect();
        if ids.is_empty() {
            return Ok(Owners(HashMap::new()));
        }
        let ids: Vec<_> = ids.into_iter().collect();
        let vehicles = self.vehicles.find_by_ids(&actor.scope, &ids).await?;
        let owners = vehicles
            .iter()
            .map(|vehicle| (vehicle.id, vehicle.organization_id));
        Ok(Owners(owners.collect()))
    }
}
