//! Statements that bypass the program are checked by the constraints.

use adapters_postgres::PgVehicleRepository;
use application::ports::{GroupRepository, OrganizationRepository};
use domain::{GroupName, OrganizationId, OrganizationName, vehicle::VehicleType};
use rstest::rstest;
use test_builders::{a_vehicle, an_administrator, full_details};
use test_stores::postgres::TestDatabase;

use crate::registry::InPostgres;

/// Checks that a statement is refused. The database has a vehicle of every kind with all details, two groups (one of
/// them contains these vehicles), and another organisation with a vehicle.
async fn check_refused(statement: &str, constraint: &str) {
    let registry = InPostgres::fresh().await;
    let (vehicles, groups) = (&registry.vehicles, &registry.groups);
    let mut made = Vec::new();
    for name in ["Hall A", "Hall B"] {
        let name = GroupName::new(name).expect("a name");
        let group = groups
            .create(an_administrator(), OrganizationId::DEFAULT, name)
            .await;
        made.push(group.expect("a group").id);
    }
    for &kind in VehicleType::ALL {
        a_vehicle()
            .with_details(full_details(kind))
            .in_group(made[0])
            .register_in_groups(vehicles, groups)
            .await;
    }
    let other = OrganizationName::new("Other").expect("a name");
    let other = registry
        .organizations
        .create(an_administrator(), other)
        .await
        .expect("an organisation")
        .id;
    a_vehicle().of(other).register(vehicles).await;
    let outcome = registry.database.client().await.batch_execute(statement).await;
    let error = outcome.expect_err("a refusal");
    let refusal = error.as_db_error().expect("a refusal by the database");
    assert_eq!(refusal.constraint(), Some(constraint), "{refusal}");
}

#[rstest]
#[case("name = ''", "label_has_1_to_100_characters")]
#[case("name = repeat('ü', 101)", "label_has_1_to_100_characters")]
#[case("name = ' a'", "label_is_trimmed")]
#[case("manufacturer = E'a\\nb'", "label_has_no_control_characters")]
#[case("model = E'a\\u0085b'", "label_has_no_control_characters")]
#[case("kind = 'DRONE'", "vehicles_kind_is_known")]
#[case("status = 'idle'", "vehicles_status_is_known")]
#[case("max_speed = 0", "number_is_positive_and_finite")]
#[case("max_speed = 'NaN'", "number_is_positive_and_finite")]
#[case("max_load = -0.1", "number_is_not_negative_and_finite")]
#[case("max_load = 'NaN'", "number_is_not_negative_and_finite")]
#[case("battery_capacity = 'Infinity'", "number_is_positive_and_finite")]
#[case("version = 0", "vehicles_version_is_positive")]
#[case("name = 'the same'", "vehicles_name_is_unique")]
#[case(
    "organization_id = gen_random_uuid() WHERE id NOT IN (SELECT vehicle_id FROM group_members)",
    "vehicles_organization_exists"
)]
#[case("kind = 'AMR' WHERE kind = 'AGV'", "agv_details_are_of_an_agv")]
#[tokio::test(flavor = "multi_thread")]
async fn a_vehicle_is_valid(#[case] change: &str, #[case] constraint: &str) {
    check_refused(&format!("UPDATE vehicles SET {change}"), constraint).await;
}

#[rstest]
#[case("amr", "autonomy_level = 6", "amr_autonomy_level_is_0_to_5")]
#[case("amr", "map_id = ''", "label_has_1_to_100_characters")]
#[case("amr", "obstacle_avoidance_config = '[]'", "maker_config_is_an_object")]
#[case(
    "amr",
    "obstacle_avoidance_config = json_build_object('x', repeat('a', 16384))",
    "maker_config_takes_at_most_16_kib"
)]
#[case("agv", "guide_type = 'RAIL'", "agv_guide_type_is_known")]
#[case("agv", "max_load_weight = '-Infinity'", "number_is_not_negative_and_finite")]
#[case("oht", "hoist_status = 'SIDEWAYS'", "oht_hoist_status_is_known")]
#[case("oht", "rail_position = 'NaN', rail_segments = '[]'", "number_is_finite")]
#[case("oht", "rail_position = 1.5", "oht_rail_position_lies_in_a_segment")]
#[case(
    "oht",
    "rail_position = NULL, rail_segments = '{}'",
    "oht_rail_segments_are_a_list"
)]
#[case("forklift", "mast_height = 0", "number_is_positive_and_finite")]
#[case("forklift", "lift_height = -1", "number_is_not_negative_and_finite")]
#[tokio::test(flavor = "multi_thread")]
async fn details_are_valid(#[case] kind: &str, #[case] change: &str, #[case] constraint: &str) {
    check_refused(&format!("UPDATE {kind}_details SET {change}"), constraint).await;
}

#[rstest]
#[case("[1]")]
#[case("[null]")]
#[case("[{}]")]
#[case(r#"[{"segmentId": "a", "start": 1, "end": 1}]"#)]
#[case(r#"[{"segmentId": "a", "start": 0, "end": 1}, {"segmentId": "b", "start": "0", "end": 1}]"#)]
#[case(r#"[{"segmentId": 7, "start": 0, "end": 1}]"#)]
#[case(r#"[{"segmentId": "a", "start": 0}]"#)]
#[case(r#"[[{"segmentId": "a", "start": 0, "end": 1}]]"#)]
#[tokio::test(flavor = "multi_thread")]
async fn a_rail_segment_ends_after_it_starts(#[case] segments: &str) {
    let statement = format!("UPDATE oht_details SET rail_position = NULL, rail_segments = '{segments}'");
    check_refused(&statement, "oht_rail_segments_end_after_they_start").await;
}

#[rstest]
#[case(
    "INSERT INTO vehicles (id, organization_id, kind, name, manufacturer, max_speed, max_load, battery_capacity)
     SELECT gen_random_uuid(), id, 'AMR', 'bare', 'x', 1, 1, 1 FROM organizations",
    "vehicles_have_details"
)]
#[case("DELETE FROM oht_details", "vehicles_have_details")]
#[case(
    "INSERT INTO forklift_details (vehicle_id) SELECT id FROM vehicles WHERE kind = 'AGV'",
    "forklift_details_are_of_a_forklift"
)]
#[tokio::test(flavor = "multi_thread")]
async fn a_vehicle_has_the_details_of_its_kind_and_no_others(
    #[case] statement: &str,
    #[case] constraint: &str,
) {
    check_refused(statement, constraint).await;
}

#[rstest]
#[case("UPDATE organizations SET name = 'Default'", "organizations_name_is_unique")]
#[case("UPDATE organizations SET name = ''", "label_has_1_to_100_characters")]
#[case(
    "DELETE FROM organizations WHERE name = 'Other'",
    "vehicles_organization_exists"
)]
#[case("UPDATE groups SET name = ' a'", "label_is_trimmed")]
#[case("UPDATE groups SET name = 'the same'", "groups_name_is_unique")]
#[case(
    "INSERT INTO groups (id, organization_id, name) VALUES (gen_random_uuid(), gen_random_uuid(), 'a')",
    "groups_organization_exists"
)]
#[tokio::test(flavor = "multi_thread")]
async fn names_are_unique_and_groups_have_an_organization(#[case] statement: &str, #[case] constraint: &str) {
    check_refused(statement, constraint).await;
}

#[rstest]
#[case(
    "INSERT INTO group_members SELECT vehicles.id, groups.id, groups.organization_id FROM vehicles, groups
     WHERE vehicles.organization_id <> groups.organization_id",
    "group_members_are_vehicles_of_its_organization"
)]
#[case(
    "INSERT INTO group_members SELECT vehicles.id, groups.id, vehicles.organization_id FROM vehicles, groups
     WHERE vehicles.organization_id <> groups.organization_id",
    "group_members_have_a_group_of_their_organization"
)]
#[case("INSERT INTO group_members SELECT * FROM group_members", "group_members_pkey")]
#[case("DELETE FROM groups", "group_members_have_a_group_of_their_organization")]
#[case(
    "UPDATE vehicles SET organization_id = organizations.id FROM organizations
     WHERE organizations.name = 'Other'",
    "group_members_are_vehicles_of_its_organization"
)]
#[case(
    "UPDATE groups SET organization_id = organizations.id FROM organizations
     WHERE organizations.name = 'Other'",
    "group_members_have_a_group_of_their_organization"
)]
#[tokio::test(flavor = "multi_thread")]
async fn a_group_has_vehicles_of_its_organization(#[case] statement: &str, #[case] constraint: &str) {
    check_refused(statement, constraint).await;
}

#[rstest]
#[case("UPDATE outbox SET change = 'MOVED'", "outbox_change_is_known")]
#[case("UPDATE outbox SET old_status = NULL", "outbox_changes_have_an_old_status")]
#[case("UPDATE outbox SET old_status = 'IDLE'", "outbox_changes_have_an_old_status")]
#[case("UPDATE outbox SET sequence = 1", "outbox_sequence_is_unique")]
#[case("INSERT INTO outbox_position (newest) VALUES (7)", "outbox_position_pkey")]
#[case(
    "INSERT INTO outbox_position (is_only, newest) VALUES (false, 7)",
    "outbox_position_is_one"
)]
#[case("UPDATE outbox_position SET newest = -1", "outbox_position_is_not_negative")]
#[tokio::test(flavor = "multi_thread")]
async fn events_have_unique_numbers(#[case] statement: &str, #[case] constraint: &str) {
    check_refused(statement, constraint).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_a_vehicles_row_removes_its_details() {
    let database = TestDatabase::create().await;
    let vehicles = PgVehicleRepository::new(database.database());
    a_vehicle().oht().register(&vehicles).await;
    let client = database.client().await;
    assert_eq!(
        client
            .execute("DELETE FROM vehicles", &[])
            .await
            .expect("a number of rows"),
        1
    );
    assert_eq!(
        client
            .query("SELECT FROM oht_details", &[])
            .await
            .expect("a list")
            .len(),
        0
    );
}
