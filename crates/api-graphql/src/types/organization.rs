//! Organisations.

use domain::{OrganizationName, Violations};
use juniper::{DefaultScalarValue, GraphQLInputObject, GraphQLObject, ID};

use super::{DateTime, NodeValue};
use crate::context::Context;

/// To whom vehicles and groups belong. Every vehicle belongs to exactly one.
#[derive(Clone, Debug, GraphQLObject)]
#[graphql(impl = NodeValue, context = Context, scalar = DefaultScalarValue)]
pub struct Organization {
    /// Its identity, for ever.
    id: ID,
    /// What people call it; unique.
    name: String,
    /// When it was made.
    created_at: DateTime,
    /// When its name was changed last.
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

/// Defines what clients send for an organisation.
macro_rules! organization_input {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, GraphQLInputObject)]
        pub struct $name {
            /// What people call it: 1 to 100 characters, unique.
            name: String,
        }

        impl $name {
            /// The name, or what is wrong with it.
            pub(crate) fn name(&self) -> Result<OrganizationName, Violations> {
                OrganizationName::new(&self.name).map_err(|fault| Violations::of("name", fault.to_string()))
            }
        }
    };
}

organization_input!(
    /// An organisation to make.
    CreateOrganizationInput
);
organization_input!(
    /// What an organisation is to be changed to.
    UpdateOrganizationInput
);
