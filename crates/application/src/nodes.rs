//! Lookup of entities of any kind by id. Ids are unique across kinds.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use domain::{
    AccessScope, Grant, GrantId, Group, GroupId, Operation, Organization, OrganizationId, User, UserId,
    VehicleId, vehicle::Vehicle,
};
use uuid::Uuid;

use crate::{
    Actor,
    error::Result,
    ports::{
        GrantRepository, GroupRepository, OrganizationRepository, Ports, UserRepository, VehicleRepository,
    },
};

/// An entity of any kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Vehicle(Box<Vehicle>),
    Group(Group),
    Organization(Organization),
    User(User),
    Grant(Grant),
}

impl Node {
    fn id(&self) -> Uuid {
        match self {
            Self::Vehicle(vehicle) => *vehicle.id.as_uuid(),
            Self::Group(group) => *group.id.as_uuid(),
            Self::Organization(organization) => *organization.id.as_uuid(),
            Self::User(user) => *user.id.as_uuid(),
            Self::Grant(grant) => *grant.id.as_uuid(),
        }
    }
}

/// Use cases that look up entities of any kind.
pub struct Nodes {
    vehicles: Arc<dyn VehicleRepository>,
    groups: Arc<dyn GroupRepository>,
    organizations: Arc<dyn OrganizationRepository>,
    users: Arc<dyn UserRepository>,
    grants: Arc<dyn GrantRepository>,
}

impl Nodes {
    #[must_use]
    pub fn new(ports: &Ports) -> Self {
        Self {
            vehicles: Arc::clone(&ports.vehicles),
            groups: Arc::clone(&ports.groups),
            organizations: Arc::clone(&ports.organizations),
            users: Arc::clone(&ports.users),
            grants: Arc::clone(&ports.grants),
        }
    }

    /// Returns the entities with these ids. Entities that the caller may not see are omitted. Only administrators see
    /// grants and other users; all users see themselves.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] if the registry is unavailable.
    pub async fn get(&self, actor: &Actor, ids: &[Uuid]) -> Result<HashMap<Uuid, Node>> {
        let mut found = Found::of(ids);
        let vehicles = found.missing(VehicleId::from_uuid);
        let vehicles = self.vehicles.find_by_ids(&actor.scope, &vehicles);
        let seen = |vehicle: Vehicle| Node::Vehicle(Box::new(vehicle.within(&actor.scope)));
        found.add(vehicles.await?.into_iter().map(seen));
        // Most ids are those of vehicles. Other kinds are only read if ids remain.
        if found.is_complete() {
            return Ok(found.nodes);
        }
        let (groups, organizations) = (
            found.missing(GroupId::from_uuid),
            found.missing(OrganizationId::from_uuid),
        );
        let (groups, organizations) = futures::try_join!(
            self.groups.find_by_ids(&actor.scope, &groups),
            self.organizations.find_by_ids(&actor.scope, &organizations),
        )?;
        found.add(groups.into_iter().map(Node::Group));
        found.add(organizations.into_iter().map(Node::Organization));
        self.add_people(actor, &mut found).await?;
        Ok(found.nodes)
    }

    async fn add_people(&self, actor: &Actor, found: &mut Found) -> Result<()> {
        let users = found.missing(UserId::from_uuid);
        if actor.must_be_allowed(Operation::ReadUsers).is_ok() && !found.is_complete() {
            let grants = found.missing(GrantId::from_uuid);
            let (users, grants) = futures::try_join!(
                self.users.find_by_ids(&actor.scope, &users),
                self.grants.find_by_ids(&actor.scope, &grants),
            )?;
            found.add(users.into_iter().map(Node::User));
            found.add(grants.into_iter().map(Node::Grant));
        }
        let asks_for_itself = users.contains(&actor.user_id) && !found.has(*actor.user_id.as_uuid());
        if asks_for_itself && actor.must_be_allowed(Operation::ManageOwnAccount).is_ok() {
            // The caller's own user may be outside the caller's scope.
            let itself = self.users.find_by_id(&AccessScope::All, actor.user_id).await?;
            found.add(itself.map(Node::User));
        }
        Ok(())
    }
}

/// The entities found so far, and the remaining ids.
struct Found {
    nodes: HashMap<Uuid, Node>,
    missing: HashSet<Uuid>,
}

impl Found {
    fn of(ids: &[Uuid]) -> Self {
        Self {
            nodes: HashMap::new(),
            missing: ids.iter().copied().collect(),
        }
    }

    fn missing<Id>(&self, id: impl Fn(Uuid) -> Id) -> Vec<Id> {
        self.missing.iter().copied().map(id).collect()
    }

    fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    fn has(&self, id: Uuid) -> bool {
        self.nodes.contains_key(&id)
    }

    fn add(&mut self, nodes: impl IntoIterator<Item = Node>) {
        for node in nodes {
            self.missing.remove(&node.id());
            self.nodes.insert(node.id(), node);
        }
    }
}
