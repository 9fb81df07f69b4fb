use domain::AccessScope;

use crate::{Actor, Error, error::Result, ports::NewUser};

/// Checks that a caller could see the user that it creates: an organisation of the user must be within the caller's
/// scope, and only a caller who sees everything may create a user without one. Every registry calls this before it
/// writes, and checks itself that the organisation exists.
///
/// # Errors
/// Returns [`Error::NotFound`] for the organisation.
pub fn must_have_home(by: &Actor, user: &NewUser) -> Result<()> {
    let is_visible = match user.organization_id {
        Some(organization) => by.scope.has_organization(organization),
        None => *by.scope == AccessScope::All,
    };
    match is_visible {
        true => Ok(()),
        false => Err(Error::organization_not_found()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::{OrganizationId, Role, Username};
    use uuid::Uuid;

    use super::*;
    use crate::ports::PasswordHash;

    #[test]
    fn a_user_is_created_only_where_the_creator_can_see_it() {
        let other = OrganizationId::from_uuid(Uuid::from_u128(7));
        let check = |scope: AccessScope, organization_id: Option<OrganizationId>, expected: bool| {
            let by = Actor {
                scope: Arc::new(scope),
                ..Actor::command_line()
            };
            let user = NewUser {
                username: Username::new("ana").expect("a name"),
                role: Role::Viewer,
                organization_id,
                password: PasswordHash::new("$test$1"),
            };
            assert_eq!(
                must_have_home(&by, &user).is_ok(),
                expected,
                "{organization_id:?}"
            );
        };
        let own = || AccessScope::of_organization(OrganizationId::DEFAULT);
        check(AccessScope::All, None, true);
        check(AccessScope::All, Some(other), true);
        check(own(), Some(OrganizationId::DEFAULT), true);
        check(own(), Some(other), false);
        check(own(), None, false);
    }
}
