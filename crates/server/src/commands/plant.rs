//! A sample plant: simulated vehicles that are registered, enabled and assigned to groups.

use std::collections::HashMap;

use anyhow::Context as _;
use application::{
    Actor,
    paging::{PageQuery, PageRequest},
    ports::GroupRepository,
};
use domain::{AccessScope, GroupId, GroupName, OrganizationId, vehicle::VehicleType};
use simulator::Fleet;

use super::simulate::{Enlisted, enlist};
use crate::stores::Stores;

/// Group of every third vehicle, in addition to the group of its type.
const NIGHT_SHIFT: &str = "Night shift";

/// Returns the name of the group for vehicles of a type.
const fn crew(kind: VehicleType) -> &'static str {
    match kind {
        VehicleType::Agv => "Assembly supply",
        VehicleType::Oht => "Overhead transport",
        VehicleType::Forklift => "Goods in and out",
        _ => "Order picking",
    }
}

/// Registers and enables the vehicles of a fleet and adds them to groups. Existing vehicles and groups are reused.
///
/// # Errors
/// Fails if the registry is unavailable, or one of the names belongs to a vehicle of another type.
pub async fn settle(fleet: &Fleet, stores: &Stores) -> anyhow::Result<Enlisted> {
    let enlisted = enlist(fleet, &*stores.ports.vehicles).await?;
    let mut groups = Groups::known_to(&*stores.ports.groups).await?;
    for (number, (draft, vehicle)) in fleet.vehicles().zip(&enlisted.ids).enumerate() {
        let shift = (number % 3 == 0).then_some(NIGHT_SHIFT);
        for name in [Some(crew(draft.details.kind())), shift].into_iter().flatten() {
            let group = groups.named(name).await?;
            let joined = stores
                .ports
                .groups
                .add_vehicle(&Actor::command_line(), group, *vehicle)
                .await;
            joined.with_context(|| format!("cannot add vehicle {} to {name}", draft.name))?;
        }
    }
    Ok(enlisted)
}

/// The groups of the default organisation, created on first use.
struct Groups<'a> {
    repository: &'a dyn GroupRepository,
    known: HashMap<GroupName, GroupId>,
}

impl<'a> Groups<'a> {
    async fn known_to(repository: &'a dyn GroupRepository) -> anyhow::Result<Self> {
        let mut known = HashMap::new();
        let mut request = PageRequest::forward(PageQuery::MAX_FIRST, None);
        loop {
            let page = repository.find_all(&AccessScope::All, Some(OrganizationId::DEFAULT), &request);
            let page = page.await.context("cannot read the groups")?;
            request.after = page.items.last().map(|group| group.id);
            known.extend(page.items.into_iter().map(|group| (group.name, group.id)));
            if !page.has_more {
                return Ok(Self { repository, known });
            }
        }
    }

    async fn named(&mut self, name: &str) -> anyhow::Result<GroupId> {
        let name = GroupName::new(name).context("invalid group name")?;
        if let Some(id) = self.known.get(&name) {
            return Ok(*id);
        }
        let made = self
            .repository
            .create(&Actor::command_line(), OrganizationId::DEFAULT, name.clone())
            .await;
        let id = made
            .with_context(|| format!("cannot create the group {name}"))?
            .id;
        self.known.insert(name, id);
        Ok(id)
    }
}
