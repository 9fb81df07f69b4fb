//! The rule that decides whether an organisation can be deleted.

use domain::OrganizationId;

use crate::{Error, error::Result};

/// Contents of an organisation that prevent its deletion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OrganizationContents {
    /// Whether there are vehicles that are not deleted.
    pub has_vehicles: bool,
    pub has_groups: bool,
    pub has_users: bool,
}

/// Checks that an organisation can be deleted. Every registry calls this between locking and writing.
///
/// # Errors
/// Returns [`Error::Conflict`] (`id`) for the default organisation, and for an organisation that is not empty.
pub fn must_be_deletable(id: OrganizationId, contents: OrganizationContents) -> Result<()> {
    let OrganizationContents {
        has_vehicles,
        has_groups,
        has_users,
    } = contents;
    let obstacles = [
        (
            id == OrganizationId::DEFAULT,
            "the default organisation cannot be deleted",
        ),
        (has_vehicles, "the organisation has vehicles"),
        (has_groups, "the organisation has groups"),
        (has_users, "the organisation has users"),
    ];
    match obstacles.into_iter().find(|(exists, _)| *exists) {
        Some((_, message)) => Err(Error::conflict("id", message)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use uuid::Uuid;

    use super::*;

    const OTHER: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(7));

    #[rstest]
    #[case::empty(OTHER, [false, false, false], None)]
    #[case::vehicles(OTHER, [true, false, false], Some("the organisation has vehicles"))]
    #[case::groups(OTHER, [false, true, false], Some("the organisation has groups"))]
    #[case::users(OTHER, [false, false, true], Some("the organisation has users"))]
    #[case::groups_and_users(OTHER, [false, true, true], Some("the organisation has groups"))]
    #[case::default(
        OrganizationId::DEFAULT,
        [false, false, false],
        Some("the default organisation cannot be deleted")
    )]
    #[case::default_with_vehicles(
        OrganizationId::DEFAULT,
        [true, false, false],
        Some("the default organisation cannot be deleted")
    )]
    fn only_an_empty_organisation_other_than_the_default_one_can_be_deleted(
        #[case] id: OrganizationId,
        #[case] contents: [bool; 3],
        #[case] expected: Option<&str>,
    ) {
        let [has_vehicles, has_groups, has_users] = contents;
        let contents = OrganizationContents {
            has_vehicles,
            has_groups,
            has_users,
        };
        let refusal = must_be_deletable(id, contents).err();
        assert_eq!(refusal.as_ref().map(ToString::to_string).as_deref(), expected);
        let is_about_id = |refusal: Error| matches!(refusal, Error::Conflict { field: "id", .. });
        assert!(refusal.is_none_or(is_about_id));
    }
}
