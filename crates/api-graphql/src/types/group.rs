//! Groups of vehicles.

use domain::{GroupName, OrganizationId, Violations};
use juniper::{DefaultScalarValue, GraphQLInputObject, GraphQLObject, ID};

use super::{DateTime, NodeValue};
use crate::{context::Context, ids::parsed_id};

/// Vehicles of one organisation that people handle together. `vehicles(filter: {groupId})` lists them.
#[derive(Clone, Debug, GraphQLObject)]
#[graphql(impl = NodeValue, context = Context, scalar = DefaultScalarValue)]
pub struct Group {
    /// Its identity, for ever.
    id: ID,
    /// What people call it; unique in its organisation.
    name: String,
    /// The organisation whose vehicles it has.
    organization_id: ID,
    /// When it was made.
    created_at: DateTime,
    /// When its name was changed last.
    updated_at: DateTime,
}

impl From<domain::Group> for Group {
    fn from(group: domain::Group) -> Self {
        Self {
            id: ID::new(group.id.to_string()),
            name: group.name.to_string(),
            organization_id: ID::new(group.organization_id.to_string()),
            created_at: group.created_at.into(),
            updated_at: group.updated_at.into(),
        }
    }
}

/// A group to make.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct CreateGroupInput {
    /// What people call it: 1 to 100 characters, unique in its organisation.
    name: String,
    /// The organisation whose vehicles it is to have; the caller's own when it is left out.
    organization_id: Option<ID>,
}

impl CreateGroupInput {
    /// The organisation, if one is named; and the name, or all that is wrong with the input.
    pub(crate) fn checked(&self) -> (Option<OrganizationId>, Result<GroupName, Violations>) {
        let mut faults = Violations::default();
        let name = faults.keep("name", GroupName::new(&self.name));
        let organization = self
            .organization_id
            .as_ref()
            .map(|id| parsed_id("organizationId", id));
        let organization = faults.join(organization.transpose()).flatten();
        match name {
            Some(name) if faults.is_empty() => (organization, Ok(name)),
            _ => (organization, Err(faults)),
        }
    }
}

/// What a group is to be changed to.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct UpdateGroupInput {
    /// What people call it: 1 to 100 characters, unique in its organisation.
    name: String,
}

impl UpdateGroupInput {
    /// The name, or what is wrong with it.
    pub(crate) fn name(&self) -> Result<GroupName, Violations> {
        GroupName::new(&self.name).map_err(|fault| Violations::of("name", fault.to_string()))
    }
}
