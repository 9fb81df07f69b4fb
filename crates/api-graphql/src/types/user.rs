//! Users and their grants.

use application::{
    grants::GrantRequest,
    users::{UserDraft, UserUpdate},
};
use domain::{GrantTarget, GrantTerms, OrganizationId, PasswordPolicy, UserChanges, UserId, Violations};
use juniper::{DefaultScalarValue, GraphQLInputObject, GraphQLObject, ID};
use secrecy::SecretString;

use super::{DateTime, GrantRole, NodeValue, Role};
use crate::{context::Context, ids::parsed_id};

/// Person or program with an account.
#[derive(Clone, Debug, GraphQLObject)]
#[graphql(impl = NodeValue, context = Context, scalar = DefaultScalarValue)]
pub struct User {
    /// Unique, permanent identifier.
    id: ID,
    /// Name to log in with; unique and in lower case.
    username: String,
    /// Role of the user.
    role: Role,
    /// Organisation that the user belongs to; null for a user who belongs to none.
    organization_id: Option<ID>,
    /// Whether the user may log in.
    is_enabled: bool,
    /// Time of creation.
    created_at: DateTime,
    /// Time of the last change.
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

/// User to create.
#[derive(Clone, GraphQLInputObject)]
pub struct CreateUserInput {
    /// Name to log in with: 1 to 64 letters, digits and ASCII symbols (RFC 8265). It must be unique and must not be
    /// visually confusable with another user's name.
    username: String,
    /// Initial password: 12 to 128 characters by default, neither the username nor one of the most common passwords.
    /// The minimum length is configurable.
    password: String,
    /// Role of the user.
    role: Role,
    /// Organisation that the user will belong to. Defaults to the caller's organisation; if the caller belongs to none,
    /// neither does the user.
    organization_id: Option<ID>,
}

impl CreateUserInput {
    /// Converts the input, or returns all its violations.
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

/// Partial update of a user. Fields that are omitted or null keep their values.
#[derive(Clone, GraphQLInputObject)]
pub struct UpdateUserInput {
    /// Role of the user.
    role: Option<Role>,
    /// Whether the user may log in. Disabling a user ends all of their sessions.
    is_enabled: Option<bool>,
    /// New password, for a user who has forgotten theirs. The rules are those of `createUser`. Ends all sessions of the
    /// user.
    password: Option<String>,
}

impl UpdateUserInput {
    /// Converts the input, or returns all its violations.
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

/// Access of a user to vehicles. The lower of the user's role and the grant's role applies to them. Exactly one of
/// `organizationId`, `groupId` and `vehicleId` is set.
#[derive(Clone, Debug, GraphQLObject)]
#[graphql(impl = NodeValue, context = Context, scalar = DefaultScalarValue)]
pub struct Grant {
    /// Unique, permanent identifier.
    id: ID,
    /// User who has access.
    user_id: ID,
    /// Organisation whose vehicles the user has access to, including those added later.
    organization_id: Option<ID>,
    /// Group whose vehicles the user has access to, including those added later.
    group_id: Option<ID>,
    /// Vehicle that the user has access to.
    vehicle_id: Option<ID>,
    /// Maximum role on these vehicles.
    role: GrantRole,
    /// Time of creation.
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

/// Grant to create. Exactly one of `organizationId`, `groupId` and `vehicleId` must be given.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct CreateGrantInput {
    /// User to whom access is granted.
    user_id: ID,
    /// Organisation whose vehicles the user has access to, including those added later.
    organization_id: Option<ID>,
    /// Group whose vehicles the user has access to, including those added later.
    group_id: Option<ID>,
    /// Vehicle that the user has access to.
    vehicle_id: Option<ID>,
    /// Maximum role on these vehicles; defaults to VIEWER.
    role: Option<GrantRole>,
}

impl CreateGrantInput {
    /// Converts the input, or returns all its violations.
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
