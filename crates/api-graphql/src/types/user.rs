//! Users and what they may see.

use application::users::{UserDraft, UserUpdate};
use domain::{
    GrantTarget, GroupId, OrganizationId, UserChanges, UserId, VehicleId, Violations,
    user::check_password_length,
};
use juniper::{GraphQLEnum, GraphQLInputObject, GraphQLObject, ID};
use secrecy::SecretString;

use super::{DateTime, id::parsed};

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
    /// What it is to log in with: 1 to 64 characters without white space, unique.
    username: String,
    /// Its first password: 8 to 128 characters.
    password: String,
    /// What it may do.
    role: Role,
    /// The organisation that it is to belong to; the caller's own when it is left out.
    organization_id: Option<ID>,
}

impl CreateUserInput {
    /// The user, or all that is wrong with the input.
    pub(crate) fn checked(self) -> Result<UserDraft, Violations> {
        let mut faults = Violations::default();
        let organization = self
            .organization_id
            .as_ref()
            .map(|id| parsed::<OrganizationId>("organizationId", id));
        let organization = faults.join(organization.transpose()).flatten();
        let password = SecretString::from(self.password);
        let draft = faults.join(UserDraft::new(
            &self.username,
            password,
            self.role.into(),
            organization,
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
    pub(crate) fn checked(self) -> Result<UserUpdate, Violations> {
        let mut faults = Violations::default();
        if let Some(password) = &self.password {
            faults.keep("password", check_password_length(password));
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

/// That a user sees something, and may do with it what its role allows. Exactly one of the three targets is there.
#[derive(Clone, Debug, GraphQLObject)]
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
            created_at: grant.created_at.into(),
        }
    }
}

const ONE_TARGET: &str = "must have exactly one of organizationId, groupId, vehicleId";

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
}

impl CreateGrantInput {
    /// Who and what, or all that is wrong with the input.
    pub(crate) fn checked(&self) -> Result<(UserId, GrantTarget), Violations> {
        let mut faults = Violations::default();
        let user = faults.join(parsed::<UserId>("userId", &self.user_id));
        let organization = self.organization_id.as_ref();
        let organization = organization.map(|id| parsed::<OrganizationId>("organizationId", id));
        let group = self.group_id.as_ref().map(|id| parsed::<GroupId>("groupId", id));
        let vehicle = self
            .vehicle_id
            .as_ref()
            .map(|id| parsed::<VehicleId>("vehicleId", id));
        let targets = [
            faults
                .join(organization.transpose())
                .flatten()
                .map(GrantTarget::Organization),
            faults.join(group.transpose()).flatten().map(GrantTarget::Group),
            faults
                .join(vehicle.transpose())
                .flatten()
                .map(GrantTarget::Vehicle),
        ];
        let given = [&self.organization_id, &self.group_id, &self.vehicle_id];
        if given.into_iter().flatten().count() != 1 {
            faults.add("input", ONE_TARGET);
        }
        faults.into_result()?;
        let target = targets.into_iter().flatten().next();
        user.zip(target)
            .ok_or_else(|| Violations::of("input", ONE_TARGET))
    }
}
