//! Groups of vehicles, and the inputs that create and rename them.

use domain::{GroupName, OrganizationId, Violations};
use juniper::{DefaultScalarValue, GraphQLInputObject, GraphQLObject, ID};

use super::{DateTime, NodeValue};
use crate::{context::Context, ids::parsed_id};

/// Named set of vehicles of one organisation. `vehicles(filter: {groupId})` lists them.
#[derive(Clone, Debug, GraphQLObject)]
#[graphql(impl = NodeValue, context = Context, scalar = DefaultScalarValue)]
pub struct Group {
    /// Unique, permanent identifier.
    id: ID,
    /// Display name, unique within the organisation.
    name: String,
    /// Organisation that the group and its vehicles belong to.
    organization_id: ID,
    /// Time of creation.
    created_at: DateTime,
    /// Time at which the name was last changed.
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

/// Group to create.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct CreateGroupInput {
    /// Display name: 1 to 100 characters, unique within the organisation.
    name: String,
    /// Organisation that the group will belong to. Defaults to the caller's organisation, or to the default
    /// organisation if the caller belongs to none.
    organization_id: Option<ID>,
}

impl CreateGroupInput {
    /// Returns the organisation, if one is given, and either the name or all violations of the input.
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

/// New data for a group.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct UpdateGroupInput {
    /// Display name: 1 to 100 characters, unique within the organisation.
    name: String,
}

impl UpdateGroupInput {
    pub(crate) fn name(&self) -> Result<GroupName, Violations> {
        GroupName::new(&self.name).map_err(|fault| Violations::of("name", fault.to_string()))
    }
}
