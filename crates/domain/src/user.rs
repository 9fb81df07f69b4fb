//! People and programs that log in.

use time::OffsetDateTime;

use crate::{
    Username,
    access::{Role, Standing},
    id::{OrganizationId, UserId},
};

/// Somebody who can log in. How it proves who it is, is not known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its identity, for ever.
    pub id: UserId,
    /// Unique among all users.
    pub username: Username,
    /// Its role.
    pub role: Role,
    /// The organisation that it belongs to, whose administrators manage it; none for those of the whole plant.
    pub organization_id: Option<OrganizationId>,
    /// Whether it may log in.
    pub is_enabled: bool,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it was changed last.
    pub updated_at: OffsetDateTime,
}

impl User {
    /// Where it stands.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        Standing::of(self.role, self.organization_id.is_some())
    }

    /// Whether it keeps the endpoint to everything open: there must always be one who does.
    #[must_use]
    pub fn can_administer_all(&self) -> bool {
        self.is_enabled && self.standing() == Standing::GlobalAdmin
    }
}

/// Changes to a user; `None` leaves a field as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UserChanges {
    /// Its role.
    pub role: Option<Role>,
    /// Whether it may log in.
    pub is_enabled: Option<bool>,
}

impl UserChanges {
    /// Whether the change, or a new password that comes with it, may let the user do more than before, or lets its
    /// author act as the user. The administrators of one organisation may not do this to a user that holds grants of
    /// another one: those grants were given to the user as it is.
    ///
    /// To disable a user only takes away. To enable it again gives back.
    #[must_use]
    pub fn hands_on_grants(self, user: &User, has_new_password: bool) -> bool {
        let has_new_role = self.role.is_some_and(|role| role != user.role);
        let is_let_in = self.is_enabled == Some(true) && !user.is_enabled;
        has_new_password || has_new_role || is_let_in
    }

    /// The user as it is afterwards, but for the time of the change.
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

    #[test]
    fn a_role_a_password_and_being_enabled_hand_on_grants() {
        let user = User {
            id: UserId::ANONYMOUS,
            username: Username::new("ana").expect("a name"),
            role: Role::Viewer,
            organization_id: None,
            is_enabled: false,
            created_at: OffsetDateTime::UNIX_EPOCH,
            updated_at: OffsetDateTime::UNIX_EPOCH,
        };
        let hands_on =
            |role, is_enabled, password| UserChanges { role, is_enabled }.hands_on_grants(&user, password);
        assert!(hands_on(Some(Role::Operator), None, false));
        assert!(hands_on(None, Some(true), false));
        assert!(hands_on(None, None, true));
        assert!(!hands_on(Some(Role::Viewer), Some(false), false));
        assert!(!hands_on(None, None, false));
    }
}
