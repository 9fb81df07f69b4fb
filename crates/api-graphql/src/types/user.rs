//! Users and what they may see.

use application::{
    grants::GrantRequest,
    users::{UserDraft, UserUpdate},
};
use domain::{GrantTarget, GrantTerms, OrganizationId, PasswordPolicy, UserChanges, UserId, Violations};
use juniper::{DefaultScalarValue, GraphQLEnum, GraphQLInputObject, GraphQLObject, ID};
use secrecy::SecretString;

use super::{DateTime, NodeValue};
use crate::{context::Context, ids::parsed_id};

/// What a user may do, as far as it sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GraphQLEnum)]
pub enum Role {
    /// Manages vehicles, users and grants.
    Admin,
    /// Enables, disables and sets the status of vehicles.
    Operator,
    /// Looks.
    Viewer,
}

impl From<domain::Role> for Role {
    fn from(role: domain::Role) -> Self {
        match role {
            domain::Role::Admin => Self::Admin,
            domain::Role::Operator => Self::Operator,
            domain::Role::Viewer => Self::Viewer,
        }
    }
}

impl From<Role> for domain::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Admin => Self::Admin,
            Role::Operator => Self::Operator,
            Role::Viewer => Self::Viewer,
        }
    }
}

/// Somebody who can log in.
#[derive(Clone, Debug, GraphQLObject)]
#[graphql(impl = NodeValue, context = Context, scalar = DefaultScalarValue)]
pub struct User {
    /// Its identity, for ever.
    id: ID,
    /// What it logs in with; unique, capital and small letters are the same.
    username: String,
    /// What it may do.
    role: Role,
    /// The organisation that it belongs to; null for those of the whole plant.
    organization_id: Option<ID>,
    /// Whether it may log in.
    is_enabled: bool,
    /// When it was made.
    created_at: DateTime,
    /// When it was changed last.
    updated_at: DateTime,
}

impl From<domain::User> for User {
    fn from(user: domain::User) -> Self {
        Self {
            id: ID::new(user.id.to_string()),
            username: user.username.to_string(),
            role: user.role.into(),
            organization_id: user.organization_id.map(|id| ID::new(id.to_string())),
            is_enabled: user.is_enabled,
            created_at: user.created_at.into(),
            updated_at: user.updated_at.into(),
        }
    }
}

/// A user to make.
#[derive(Clone, GraphQLInputObject)]
pub struct CreateUserInput {
    /// What it is to log in with: 1 to 64 letters, digits and ASCII signs (RFC 8265); it is unique, and looks like no
    /// other user's name.
    username: String,
    /// Its first password: 12 to 128 characters, unless the server asks for more or fewer, and none of the most common
    /// ones.
    password: String,
    /// What it may do.
    role: Role,
    /// The organisation that it is to belong to; the caller's own when it is left out.
    organization_id: Option<ID>,
}

impl CreateUserInput {
    /// The user, or all that is wrong with the input.
    pub(crate) fn checked(self, policy: PasswordPolicy) -> Result<UserDraft, Violations> {
        let mut faults = Violations::default();
        let organization = self
            .organization_id
            .as_ref()
            .map(|id| parsed_id::<OrganizationId>("organizationId", id));
        let organization = faults.join(organization.transpose()).flatten();
        let password = SecretString::from(self.password);
        let draft = faults.join(UserDraft::new(
            &self.username,
            password,
            self.role.into(),
            organization,
            policy,
        ));
        match draft {
            Some(draft) if faults.is_empty() => Ok(draft),
            _ => Err(faults),
        }
    }
}

/// What is to be changed of a user; what is left out stays as it is.
#[derive(Clone, GraphQLInputObject)]
pub struct UpdateUserInput {
    /// What it may do.
    role: Option<Role>,
    /// Whether it may log in; who may not is logged out everywhere.
    is_enabled: Option<bool>,
    /// Another password, for one who has forgotten its own; it is logged out everywhere.
    password: Option<String>,
}

impl UpdateUserInput {
    /// What is to be changed, or what is wrong with the input.
    pub(crate) fn checked(self, policy: PasswordPolicy) -> Result<UserUpdate, Violations> {
        let mut faults = Violations::default();
        if let Some(password) = &self.password {
            faults.keep("password", policy.check(password, None));
        }
        faults.into_result()?;
        Ok(UserUpdate {
            changes: UserChanges {
                role: self.role.map(Into::into),
                is_enabled: self.is_enabled,
            },
            password: self.password.map(SecretString::from),
        })
    }
}

/// The most that a grant allows, whatever the user's own role: the lower of both counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GraphQLEnum)]
pub enum GrantRole {
    /// To enable, disable and set the status of vehicles.
    Operator,
    /// To look.
    Viewer,
}

impl From<domain::GrantRole> for GrantRole {
    fn from(role: domain::GrantRole) -> Self {
        match role {
            domain::GrantRole::Operator => Self::Operator,
            domain::GrantRole::Viewer => Self::Viewer,
        }
    }
}

impl From<GrantRole> for domain::GrantRole {
    fn from(role: GrantRole) -> Self {
        match role {
            GrantRole::Operator => Self::Operator,
            GrantRole::Viewer => Self::Viewer,
        }
    }
}

/// That a user sees something, and may do with it what the lower of its role and the grant's allows. Exactly one of the
/// three targets is there.
#[derive(Clone, Debug, GraphQLObject)]
#[graphql(impl = NodeValue, context = Context, scalar = DefaultScalarValue)]
pub struct Grant {
    /// Its identity, for ever.
    id: ID,
    /// Who.
    user_id: ID,
    /// All vehicles of this organisation.
    organization_id: Option<ID>,
    /// All vehicles of this group.
    group_id: Option<ID>,
    /// This vehicle.
    vehicle_id: Option<ID>,
    /// The most that it allows.
    role: GrantRole,
    /// Since when.
    created_at: DateTime,
}

impl From<domain::Grant> for Grant {
    fn from(grant: domain::Grant) -> Self {
        let target = Some(ID::new(grant.target.as_uuid().to_string()));
        let (organization_id, group_id, vehicle_id) = match grant.target {
            GrantTarget::Organization(_) => (target, None, None),
            GrantTarget::Group(_) => (None, target, None),
            GrantTarget::Vehicle(_) => (None, None, target),
        };
        Self {
            id: ID::new(grant.id.to_string()),
            user_id: ID::new(grant.user_id.to_string()),
            organization_id,
            group_id,
            vehicle_id,
            role: grant.role.into(),
            created_at: grant.created_at.into(),
        }
    }
}

/// A grant to make: exactly one of the three targets.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct CreateGrantInput {
    /// Who.
    user_id: ID,
    /// All vehicles of this organisation.
    organization_id: Option<ID>,
    /// All vehicles of this group.
    group_id: Option<ID>,
    /// This vehicle.
    vehicle_id: Option<ID>,
    /// The most that it is to allow: VIEWER when it is left out.
    role: Option<GrantRole>,
}

impl CreateGrantInput {
    /// Who and what, or all that is wrong with the input.
    pub(crate) fn checked(&self) -> Result<(UserId, GrantTerms), Violations> {
        let text = |id: &ID| id.to_string();
        let request = GrantRequest {
            user_id: Some(text(&self.user_id)),
            organization_id: self.organization_id.as_ref().map(text),
            group_id: self.group_id.as_ref().map(text),
            vehicle_id: self.vehicle_id.as_ref().map(text),
            role: self.role.map(Into::into),
        };
        let of_input = |field| {
            if field == "body" {
                "input".to_owned()
            } else {
                field
            }
        };
        request.checked().map_err(|faults| faults.renamed(of_input))
    }
}
