//! Records of actions, one constructor per kind of action.

use std::time::Duration;

use domain::{
    AuditAction, Grant, Group, Operation, Organization, OrganizationId, SessionId, User, vehicle::Vehicle,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::facts::{self, Facts};
use crate::{
    ports::{Session, StoredDeadLetter},
    telemetry::Rejection,
};

/// Record of an action, to which the log adds the author and the time.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRecord {
    /// The action.
    pub action: AuditAction,
    /// Id of the entity that the action concerns; `None` if there is none.
    pub subject_id: Option<Uuid>,
    /// Organisation whose administrators see the entry; `None` if only global administrators see it.
    pub organization_id: Option<OrganizationId>,
    /// Data that the action replaced or removed, if any.
    pub before: Option<Facts>,
    /// Data that the action set, or details of an action that changes nothing (such as the reason for a failed log-in),
    /// if any.
    pub after: Option<Facts>,
}

/// Reason for a failed log-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogInFailure {
    /// No user has this name.
    UnknownUser,
    /// The password does not match.
    WrongPassword,
    /// The user is disabled.
    Disabled,
}

impl LogInFailure {
    const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownUser => "unknown user",
            Self::WrongPassword => "wrong password",
            Self::Disabled => "disabled",
        }
    }
}

impl AuditRecord {
    fn of(action: AuditAction, subject: impl Into<Option<Uuid>>) -> Self {
        Self {
            action,
            subject_id: subject.into(),
            organization_id: None,
            before: None,
            after: None,
        }
    }

    fn of_organization(self, organization: impl Into<Option<OrganizationId>>) -> Self {
        Self {
            organization_id: organization.into(),
            ..self
        }
    }

    fn made(self, after: Facts) -> Self {
        Self {
            after: Some(after),
            ..self
        }
    }

    fn gone(self, before: Facts) -> Self {
        Self {
            before: Some(before),
            ..self
        }
    }

    fn changed(self, before: Facts, after: &Facts) -> Self {
        let (before, after) = facts::difference(before, after);
        Self {
            before: Some(before),
            after: Some(after),
            ..self
        }
    }

    /// Creates the record of a vehicle's registration.
    #[must_use]
    pub fn vehicle_created(vehicle: &Vehicle) -> Self {
        Self::of_vehicle(AuditAction::CreateVehicle, vehicle).made(facts::vehicle(vehicle))
    }

    /// Creates the record of a change to a vehicle. The fields that differ determine the action.
    #[must_use]
    pub fn vehicle_changed(before: &Vehicle, after: &Vehicle) -> Self {
        let (was, is) = facts::difference(facts::vehicle(before), &facts::vehicle(after));
        let names: Vec<&str> = is.keys().map(String::as_str).collect();
        let action = match names[..] {
            ["isEnabled"] if after.is_enabled => AuditAction::EnableVehicle,
            ["isEnabled"] => AuditAction::DisableVehicle,
            ["status"] => AuditAction::ChangeVehicleStatus,
            ["groupIds"] => AuditAction::RegroupVehicle,
            _ => AuditAction::UpdateVehicle,
        };
        Self {
            before: Some(was),
            after: Some(is),
            ..Self::of_vehicle(action, after)
        }
    }

    /// Creates the record of a vehicle's deletion. `vehicle` is its state before the deletion.
    #[must_use]
    pub fn vehicle_deleted(vehicle: &Vehicle) -> Self {
        Self::of_vehicle(AuditAction::DeleteVehicle, vehicle).gone(facts::vehicle(vehicle))
    }

    /// Creates the record of a vehicle's restoration. `vehicle` is its state after the restoration.
    #[must_use]
    pub fn vehicle_restored(vehicle: &Vehicle) -> Self {
        Self::of_vehicle(AuditAction::RestoreVehicle, vehicle).made(facts::vehicle(vehicle))
    }

    fn of_vehicle(action: AuditAction, vehicle: &Vehicle) -> Self {
        Self::of(action, *vehicle.id.as_uuid()).of_organization(vehicle.organization_id)
    }

    /// Creates the record of a group's creation.
    #[must_use]
    pub fn group_created(group: &Group) -> Self {
        Self::of_group(AuditAction::CreateGroup, group).made(facts::group(group))
    }

    /// Creates the record of a group's renaming.
    #[must_use]
    pub fn group_changed(before: &Group, after: &Group) -> Self {
        Self::of_group(AuditAction::UpdateGroup, after).changed(facts::group(before), &facts::group(after))
    }

    /// Creates the record of a group's deletion.
    #[must_use]
    pub fn group_deleted(group: &Group) -> Self {
        Self::of_group(AuditAction::DeleteGroup, group).gone(facts::group(group))
    }

    fn of_group(action: AuditAction, group: &Group) -> Self {
        Self::of(action, *group.id.as_uuid()).of_organization(group.organization_id)
    }

    /// Creates the record of an organisation's creation.
    #[must_use]
    pub fn organization_created(organization: &Organization) -> Self {
        Self::of_tenant(AuditAction::CreateOrganization, organization).made(facts::organization(organization))
    }

    /// Creates the record of an organisation's renaming.
    #[must_use]
    pub fn organization_changed(before: &Organization, after: &Organization) -> Self {
        Self::of_tenant(AuditAction::UpdateOrganization, after)
            .changed(facts::organization(before), &facts::organization(after))
    }

    /// Creates the record of an organisation's deletion.
    #[must_use]
    pub fn organization_deleted(organization: &Organization) -> Self {
        Self::of_tenant(AuditAction::DeleteOrganization, organization).gone(facts::organization(organization))
    }

    fn of_tenant(action: AuditAction, organization: &Organization) -> Self {
        Self::of(action, *organization.id.as_uuid()).of_organization(organization.id)
    }

    /// Creates the record of a user's creation.
    #[must_use]
    pub fn user_created(user: &User) -> Self {
        Self::of_user(AuditAction::CreateUser, user).made(facts::user(user))
    }

    /// Creates the record of a change to a user. It states that the password was changed, but does not contain the
    /// password.
    #[must_use]
    pub fn user_changed(before: &User, after: &User, has_new_password: bool) -> Self {
        let mut is = facts::user(after);
        if has_new_password {
            is.insert("password".to_owned(), "changed".into());
        }
        Self::of_user(AuditAction::UpdateUser, after).changed(facts::user(before), &is)
    }

    /// Creates the record of a user's deletion.
    #[must_use]
    pub fn user_deleted(user: &User) -> Self {
        Self::of_user(AuditAction::DeleteUser, user).gone(facts::user(user))
    }

    fn of_user(action: AuditAction, user: &User) -> Self {
        Self::of(action, *user.id.as_uuid()).of_organization(user.organization_id)
    }

    /// Creates the record of a new grant, whose target belongs to the organisation `owner`.
    #[must_use]
    pub fn granted(grant: &Grant, owner: OrganizationId) -> Self {
        Self::of_grant(AuditAction::CreateGrant, grant, owner).made(facts::grant(grant))
    }

    /// Creates the record of a grant's withdrawal. The target belongs to the organisation `owner`.
    #[must_use]
    pub fn withdrawn(grant: &Grant, owner: OrganizationId) -> Self {
        Self::of_grant(AuditAction::DeleteGrant, grant, owner).gone(facts::grant(grant))
    }

    /// Assigns the entry to the organisation that owns the grant's target, so that the administrators of that
    /// organisation see who holds grants on the target. If the user belongs to another organisation, the administrators
    /// there don't see the entry.
    fn of_grant(action: AuditAction, grant: &Grant, owner: OrganizationId) -> Self {
        Self::of(action, *grant.id.as_uuid()).of_organization(owner)
    }

    /// Creates the record of a log-in.
    #[must_use]
    pub fn logged_in(user: &User, session: &Session) -> Self {
        let agent = session.user_agent.as_deref();
        let after = json!({"userId": user.id.to_string(), "userAgent": agent});
        Self::of(AuditAction::LogIn, *session.id.as_uuid())
            .of_organization(user.organization_id)
            .made(after.as_object().cloned().unwrap_or_default())
    }

    /// Creates the record of a failed log-in. `user` is the user with the given name, if there is one.
    #[must_use]
    pub fn log_in_failed(user: Option<&User>, failure: LogInFailure) -> Self {
        let after = json!({"reason": failure.as_str()});
        Self::of(AuditAction::FailToLogIn, user.map(|user| *user.id.as_uuid()))
            .of_organization(user.and_then(|user| user.organization_id))
            .made(after.as_object().cloned().unwrap_or_default())
    }

    /// Creates the record of a session's end. `action` states why it ended.
    #[must_use]
    pub fn session_ended(
        action: AuditAction,
        session: SessionId,
        organization: Option<OrganizationId>,
    ) -> Self {
        Self::of(action, *session.as_uuid()).of_organization(organization)
    }

    /// Creates the record of a user's change of their own password.
    #[must_use]
    pub fn password_changed(user: &User) -> Self {
        Self::of_user(AuditAction::ChangePassword, user)
    }

    /// Creates the record of a change to the log's filter, which lasts for the given time.
    #[must_use]
    pub fn log_level_changed(before: &str, after: &str, lasting: Duration) -> Self {
        let object = |value: Value| value.as_object().cloned();
        Self {
            before: object(json!({"level": before})),
            after: object(json!({"level": after, "forMs": lasting.as_millis() as u64})),
            ..Self::of(AuditAction::ChangeLogLevel, None)
        }
    }

    /// Creates the record of the removal of dead letters, which all belong to vehicles of the organisation `owner`, or
    /// to no known vehicle if it is `None`.
    #[must_use]
    pub fn dead_letters_dropped(letters: &[&StoredDeadLetter], owner: Option<OrganizationId>) -> Self {
        Self::of(AuditAction::DropDeadLetters, subject_of(letters))
            .of_organization(owner)
            .gone(facts::dead_letters(letters))
    }

    /// Creates the record of a replay of dead letters. `owner` is as for [`Self::dead_letters_dropped`]. `rejections`
    /// are the reasons why some of them were rejected again; all others were published again.
    #[must_use]
    pub fn dead_letters_replayed(
        letters: &[&StoredDeadLetter],
        rejections: &[&Rejection],
        owner: Option<OrganizationId>,
    ) -> Self {
        let mut after = facts::dead_letters(letters);
        after.insert("accepted".to_owned(), (letters.len() - rejections.len()).into());
        after.insert(
            "rejected".to_owned(),
            facts::by_reason(rejections.iter().copied()),
        );
        Self::of(AuditAction::ReplayDeadLetters, subject_of(letters))
            .of_organization(owner)
            .made(after)
    }

    /// Creates the record of an attempted operation that the caller's rights do not allow.
    #[must_use]
    pub fn refused(operation: Operation, organization: Option<OrganizationId>) -> Self {
        let after = json!({"operation": operation.as_str()});
        Self::of(AuditAction::RefuseAccess, None)
            .of_organization(organization)
            .made(after.as_object().cloned().unwrap_or_default())
    }
}

/// Returns the vehicle that all of the letters name; `None` if there is none.
fn subject_of(letters: &[&StoredDeadLetter]) -> Option<Uuid> {
    let (first, rest) = letters.split_first()?;
    let vehicle_id = first.letter.vehicle_id?;
    rest.iter()
        .all(|stored| stored.letter.vehicle_id == Some(vehicle_id))
        .then(|| *vehicle_id.as_uuid())
}
