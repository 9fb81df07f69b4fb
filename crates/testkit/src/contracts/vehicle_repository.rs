//! What every `VehicleRepository` does.
//!
//! ```ignore
//! testkit::vehicle_repository_contract!(MyRegistry::fresh);
//! ```
//! makes a test of each function below. The argument is an async function without arguments that gives an empty
//! [`Registry`].

mod changing;
mod deleting;
mod following;
mod paging;
mod reading;
mod registering;
mod scoping;

use application::{Error, ports::VehicleRepository};
use async_trait::async_trait;
use domain::{
    AccessScope, OrganizationId, VehicleId,
    vehicle::{Vehicle, VehicleChanges, VehicleName},
};
use uuid::Uuid;

pub use self::{changing::*, deleting::*, following::*, paging::*, reading::*, registering::*, scoping::*};

/// A registry to be checked, and what is needed to set a scene in it.
#[async_trait]
pub trait Registry: Send + Sync {
    /// The port.
    fn vehicles(&self) -> &dyn VehicleRepository;

    /// Adds an organisation beside the default one.
    async fn add_organization(&self) -> OrganizationId;
}

/// Checks a registry against the whole contract, a test per sentence.
#[macro_export]
macro_rules! vehicle_repository_contract {
    ($registry:expr) => {
        $crate::vehicle_repository_contract! { $registry =>
            a_new_vehicle_is_idle_disabled_and_of_the_first_version
            every_kind_is_read_back_as_it_was_registered
            any_text_is_kept_letter_for_letter
            a_vehicle_needs_an_organization_that_exists
            a_name_is_unique_in_its_organization
            names_differ_by_every_letter
            of_two_vehicles_of_one_name_one_is_registered

            an_unknown_vehicle_is_not_found
            filters_are_combined
            a_kind_is_found_in_the_order_of_registration
            enabled_vehicles_are_found_in_the_order_of_registration
            the_time_never_goes_back

            pages_follow_one_another_without_gap_or_repetition
            a_page_stays_where_it_is_while_vehicles_come_and_go
            a_page_of_nothing_still_counts

            what_is_out_of_scope_does_not_exist
            a_scope_of_an_organization_has_its_vehicles
            a_scope_of_single_vehicles_has_these
            a_scope_of_nothing_has_nothing

            every_field_can_be_changed
            the_details_of_every_kind_can_be_changed
            changes_that_change_nothing_leave_everything
            enabling_and_disabling_can_be_repeated
            a_refused_change_leaves_everything
            a_name_that_is_taken_is_refused
            an_old_version_is_refused
            of_two_changes_of_one_version_one_wins
            changes_without_a_version_wait_for_each_other

            a_deleted_vehicle_is_found_by_nobody
            a_deleted_vehicle_cannot_be_changed
            a_name_is_free_again_after_its_vehicle_was_deleted

            the_robots_word_is_taken_without_raising_the_version
            the_robots_word_is_not_held_to_the_table_of_transitions
            the_last_word_counts
            who_is_not_enabled_is_not_listened_to
            a_status_that_is_there_already_is_no_change
            the_robots_word_and_a_persons_change_do_not_undo_each_other
            many_words_at_once_from_several_servers_all_arrive
            everybody_is_followed_from_the_start
            who_changed_since_is_told_the_deleted_included
        }
    };
    ($registry:expr => $($check:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $check() {
                $crate::contracts::vehicle_repository::$check(&$registry().await).await;
            }
        )+
    };
}

const EVERYTHING: AccessScope = AccessScope::All;

fn nobody() -> VehicleId {
    VehicleId::from_uuid(Uuid::now_v7())
}

fn rename(name: &str) -> VehicleChanges {
    VehicleChanges {
        name: Some(VehicleName::new(name).expect("a name")),
        ..VehicleChanges::default()
    }
}

fn ids(vehicles: &[Vehicle]) -> Vec<VehicleId> {
    vehicles.iter().map(|vehicle| vehicle.id).collect()
}

async fn read(vehicles: &dyn VehicleRepository, id: VehicleId) -> Vehicle {
    vehicles
        .find_by_id(&EVERYTHING, id)
        .await
        .expect("it is read")
        .expect("it is there")
}

fn check_not_found<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    assert!(
        matches!(outcome, Err(Error::NotFound { what: "vehicle" })),
        "{outcome:?}"
    );
}

fn check_name_conflict<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    assert!(
        matches!(outcome, Err(Error::Conflict { field: "name", .. })),
        "{outcome:?}"
    );
}

fn check_version_mismatch<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    assert!(matches!(outcome, Err(Error::VersionMismatch)), "{outcome:?}");
}
