//! Organisations, and the inputs that create and rename them.

use domain::{OrganizationName, Violations};
use juniper::{DefaultScalarValue, GraphQLInputObject, GraphQLObject, ID};

use super::{DateTime, NodeValue};
use crate::context::Context;

/// Owner of vehicles and groups. Every vehicle and every group belongs to exactly one organisation.
#[derive(Clone, Debug, GraphQLObject)]
#[graphql(impl = NodeValue, context = Context, scalar = DefaultScalarValue)]
pub struct Organization {
    /// Unique, permanent identifier.
    id: ID,
    /// Display name, unique among all organisations.
    name: String,
    /// Time of creation.
    created_at: DateTime,
    /// Time at which the name was last changed.
    updated_at: DateTime,
}

impl From<domain::Organization> for Organization {
    fn from(organization: domain::Organization) -> Self {
        Self {
            id: ID::new(organization.id.to_string()),
            name: organization.name.to_string(),
            created_at: organization.created_at.into(),
            updated_at: organization.updated_at.into(),
        }
    }
}

macro_rules! organization_input {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, GraphQLInputObject)]
        pub struct $name {
            /// Display name: 1 to 100 characters, unique among all organisations.
            name: String,
        }

        impl $name {
            pub(crate) fn name(&self) -> Result<OrganizationName, Violations> {
                OrganizationName::new(&self.name).map_err(|fault| Violations::of("name", fault.to_string()))
            }
        }
    };
}

organization_input!(
    /// Organisation to create.
    CreateOrganizationInput
);
organization_input!(
    /// New data for an organisation.
    UpdateOrganizationInput
);
