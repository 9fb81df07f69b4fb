//! Users: people and programs that log in.

use time::OffsetDateTime;

use crate::{
    Username,
    access::{Role, Standing},
    id::{OrganizationId, UserId},
};

/// User of the system, without the user's credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Id of the user. It never changes.
    pub id: UserId,
    /// Name that the user logs in with, unique among all users.
    pub username: Username,
    /// Role of the user.
    pub role: Role,
    /// Organisation to which the user belongs and whose administrators manage the user; `None` if there is none.
    pub organization_id: Option<OrganizationId>,
    /// Whether the user can log in.
    pub is_enabled: bool,
    /// Time of creation.
    pub created_at: OffsetDateTime,
    /// Time of the last change.
    pub updated_at: OffsetDateTime,
}

impl User {
    /// Returns the standing of the user.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        Standing::of(self.role, self.organization_id.is_some())
    }

    /// Returns `true` if the user is an enabled administrator of all organisations. There must always be at least one.
    #[must_use]
    pub fn can_administer_all(&self) -> bool {
        self.is_enabled && self.standing() == Standing::GlobalAdmin
    }

    /// Returns `true` if a change that results in this user ends the user's sessions. Their bearer may be the reason
    /// for disabling the user, or for the new password.
    #[must_use]
    pub const fn must_log_in_again(&self, has_new_password: bool) -> bool {
        !self.is_enabled || has_new_password
    }
}

/// Changes to a user; `None` leaves a field unchanged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UserChanges {
    /// New role.
    pub role: Option<Role>,
    /// Whether the user can log in.
    pub is_enabled: Option<bool>,
}

impl UserChanges {
    /// Returns `true` if the changes, together with a new password if there is one, may give the user more access, or
    /// allow the administrator who makes them to act as the user. An administrator of an organisation must not make
    /// such changes to a user who holds grants of another organisation, because they would extend access that the other
    /// organisation granted.
    ///
    /// Enabling a user gives access; disabling a user only withdraws it.
    #[must_use]
    pub fn hands_on_grants(self, user: &User, has_new_password: bool) -> bool {
        let has_new_role = self.role.is_some_and(|role| role != user.role);
        let is_let_in = self.is_enabled == Some(true) && !user.is_enabled;
        has_new_password || has_new_role || is_let_in
    }

    /// Returns the user after the changes, with `updated_at` unchanged.
    #[must_use]
    pub fn apply(self, user: &User) -> User {
        User {
            role: self.role.unwrap_or(user.role),
            is_enabled: self.is_enabled.unwrap_or(user.is_enabled),
            ..user.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_viewer(is_enabled: bool) -> User {
        User {
            id: UserId::ANONYMOUS,
            username: Username::new("ana").expect("a name"),
            role: Role::Viewer,
            organization_id: None,
            is_enabled,
            created_at: OffsetDateTime::UNIX_EPOCH,
            updated_at: OffsetDateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn disabling_a_user_and_a_new_password_end_the_sessions() {
        assert!(a_viewer(false).must_log_in_again(false));
        assert!(a_viewer(true).must_log_in_again(true));
        assert!(!a_viewer(true).must_log_in_again(false));
    }

    #[test]
    fn a_new_role_a_new_password_or_enabling_hands_over_grants() {
        let user = a_viewer(false);
        let hands_on =
            |role, is_enabled, password| UserChanges { role, is_enabled }.hands_on_grants(&user, password);
        assert!(hands_on(Some(Role::Operator), None, false));
        assert!(hands_on(None, Some(true), false));
        assert!(hands_on(None, None, true));
        assert!(!hands_on(Some(Role::Viewer), Some(false), false));
        assert!(!hands_on(None, None, false));
    }
}
