//! The contract of `OrganizationRepository`.
//!
//! `port_contracts::organization_repository_contract!(MyRegistry::fresh);` generates a test for each check below.

mod deleting;
mod making;

pub use self::{deleting::*, making::*};
pub use super::registry::Registry;

/// Generates a test for each check of the contract.
#[macro_export]
macro_rules! organization_repository_contract {
    ($registry:expr) => {
        $crate::contract! { organization_repository, $registry =>
            the_default_organization_exists_initially
            a_new_organization_is_empty
            an_organization_name_is_unique
            of_two_concurrent_organizations_of_one_name_one_is_created
            an_organization_can_be_renamed
            an_organization_name_that_is_taken_is_refused
            organizations_are_listed_in_pages
            an_organization_out_of_scope_does_not_exist

            an_empty_organization_can_be_deleted
            the_default_organization_cannot_be_deleted
            an_organization_with_vehicles_cannot_be_deleted
            an_organization_with_groups_cannot_be_deleted
            deleted_vehicles_are_removed_with_their_organization
            nothing_is_created_in_an_organization_that_is_being_deleted
        }
    };
}
