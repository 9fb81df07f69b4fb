use domain::User;

use crate::Error;

/// Returns the error for a change to a user that removes a global administrator; `None` for any other change. `after`
/// is `None` if the user is deleted.
///
/// Every registry calls this between locking and writing, and returns the error only if there is no other global
/// administrator.
#[must_use]
pub fn refusal_without_another(before: &User, after: Option<&User>) -> Option<Error> {
    if !before.can_administer_all() || after.is_some_and(User::can_administer_all) {
        return None;
    }
    let field = match after {
        None => "id",
        Some(after) if after.role != before.role => "role",
        Some(_) => "isEnabled",
    };
    Some(Error::Conflict {
        field,
        message: "the last ADMIN without an organisation must not be deleted, disabled or given another role"
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use domain::{OrganizationId, Role, UserId, Username};
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn only_removing_a_global_administrator_is_refused() {
        let root = User {
            id: UserId::ANONYMOUS,
            username: Username::new("root").expect("a name"),
            role: Role::Admin,
            organization_id: None,
            is_enabled: true,
            created_at: OffsetDateTime::UNIX_EPOCH,
            updated_at: OffsetDateTime::UNIX_EPOCH,
        };
        let demoted = User {
            role: Role::Viewer,
            ..root.clone()
        };
        let disabled = User {
            is_enabled: false,
            ..root.clone()
        };
        let of_an_organization = User {
            organization_id: Some(OrganizationId::DEFAULT),
            ..root.clone()
        };
        let check = |before: &User, after: Option<&User>, expected: Option<&str>| {
            let field = match refusal_without_another(before, after) {
                Some(Error::Conflict { field, .. }) => Some(field),
                _ => None,
            };
            assert_eq!(field, expected, "{after:?}");
        };
        check(&root, None, Some("id"));
        check(&root, Some(&demoted), Some("role"));
        check(&root, Some(&disabled), Some("isEnabled"));
        check(&root, Some(&root), None);
        check(&disabled, None, None);
        check(&of_an_organization, None, None);
    }
}
