//! Statements about users, grants, sessions and logs that bypass the program are checked by the constraints.

use std::time::Duration;

use application::{
    ports::{GrantRepository, GroupRepository, NewSession, OrganizationRepository, SessionRepository},
    sessions::RefreshToken,
};
use domain::{GrantTarget, GrantTerms, GroupName, OrganizationId, OrganizationName};
use rstest::rstest;
use test_builders::{a_user, a_vehicle, an_administrator, an_origin, lasting};

use crate::registry::InPostgres;

/// Returns a registry with two users, one of whom belongs to an organisation and has a session and a grant of each
/// kind.
async fn a_registry() -> InPostgres {
    let registry = InPostgres::fresh().await;
    let by = an_administrator();
    let other = OrganizationName::new("Other").expect("a name");
    let other = registry.organizations.create(by, other).await;
    let other = other.expect("an organisation").id;
    let name = GroupName::new("Hall A").expect("a name");
    let group = registry.groups.create(by, OrganizationId::DEFAULT, name).await;
    let vehicle = a_vehicle().of(other).register(&registry.vehicles).await;
    let ana = a_user().named("ana").of(other).register(&registry.users).await;
    a_user().named("ben").register(&registry.users).await;
    for target in [
        GrantTarget::Organization(OrganizationId::DEFAULT),
        GrantTarget::Group(group.expect("a group").id),
        GrantTarget::Vehicle(vehicle.id),
    ] {
        let granted = registry
            .grants
            .create(by, ana.id, GrantTerms::to_operate(target))
            .await;
        granted.expect("a grant");
    }
    let checked = registry.sessions.credentials(&ana.username).await;
    let checked = checked.expect("an answer").expect("a user");
    let session = NewSession {
        token: RefreshToken::random().hash(),
        ttl: lasting(Duration::from_secs(60)),
        user_agent: None,
    };
    let opened = registry.sessions.open(&checked, &an_origin(), session).await;
    opened.expect("an answer").expect("a session");
    registry
}

#[rstest]
#[case("UPDATE users SET username = ''", "label_has_1_to_100_characters")]
#[case(
    "UPDATE users SET username = repeat('a', 65)",
    "users_username_has_at_most_64_characters"
)]
#[case("UPDATE users SET username = 'a b'", "users_username_has_no_space")]
#[case("UPDATE users SET username_key = 'ana'", "users_username_is_unique")]
#[case("UPDATE users SET role = 'ROOT'", "users_role_is_known")]
#[case(
    "UPDATE users SET organization_id = gen_random_uuid()",
    "users_organization_exists"
)]
#[case(
    "DELETE FROM vehicles; DELETE FROM organizations WHERE name = 'Other'",
    "users_organization_exists"
)]
#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_valid(#[case] statement: &str, #[case] constraint: &str) {
    check_refused(statement, constraint).await;
}

#[rstest]
#[case("UPDATE grants SET vehicle_id = NULL", "grants_open_one_thing")]
#[case(
    "UPDATE grants SET organization_id = owner_organization_id",
    "grants_open_one_thing"
)]
#[case(
    "UPDATE grants SET owner_organization_id = organizations.id FROM organizations
     WHERE organizations.name = 'Other' AND grants.organization_id IS NOT NULL",
    "grants_of_an_organization_are_its_own"
)]
#[case(
    "UPDATE grants SET owner_organization_id = organizations.id FROM organizations
     WHERE organizations.name = 'Other' AND grants.group_id IS NOT NULL",
    "grants_group_exists"
)]
#[case(
    "UPDATE grants SET owner_organization_id = organizations.id FROM organizations
     WHERE organizations.name = 'Default' AND grants.vehicle_id IS NOT NULL",
    "grants_vehicle_exists"
)]
#[case("UPDATE grants SET user_id = gen_random_uuid()", "grants_user_exists")]
#[case(
    "INSERT INTO grants (id, user_id, group_id, owner_organization_id)
     SELECT gen_random_uuid(), user_id, group_id, owner_organization_id FROM grants WHERE group_id IS NOT NULL",
    "grants_of_a_group_are_unique"
)]
#[case(
    "INSERT INTO grants (id, user_id, vehicle_id, owner_organization_id)
     SELECT gen_random_uuid(), user_id, vehicle_id, owner_organization_id FROM grants WHERE vehicle_id IS NOT NULL",
    "grants_of_a_vehicle_are_unique"
)]
#[case(
    "INSERT INTO grants (id, user_id, organization_id, owner_organization_id)
     SELECT gen_random_uuid(), user_id, organization_id, organization_id FROM grants
     WHERE organization_id IS NOT NULL",
    "grants_of_an_organization_are_unique"
)]
#[tokio::test(flavor = "multi_thread")]
async fn a_grant_has_one_target_and_is_unique(#[case] statement: &str, #[case] constraint: &str) {
    check_refused(statement, constraint).await;
}

#[rstest]
#[case("UPDATE sessions SET user_id = gen_random_uuid()", "sessions_user_exists")]
#[case(
    "UPDATE sessions SET user_agent = repeat('a', 201)",
    "sessions_user_agent_has_at_most_200_characters"
)]
#[case(
    "UPDATE refresh_tokens SET hash = 'short'",
    "refresh_tokens_hash_has_32_bytes"
)]
#[case(
    "UPDATE refresh_tokens SET session_id = gen_random_uuid()",
    "refresh_tokens_session_exists"
)]
#[case(
    "INSERT INTO refresh_tokens (hash, session_id, issued_at)
     SELECT sha256('another'), session_id, issued_at FROM refresh_tokens",
    "refresh_tokens_one_of_a_session_is_good"
)]
#[tokio::test(flavor = "multi_thread")]
async fn a_session_has_one_unspent_token(#[case] statement: &str, #[case] constraint: &str) {
    check_refused(statement, constraint).await;
}

#[rstest]
#[case(
    "UPDATE outbox SET user_id = NULL WHERE change = 'RIGHTS'",
    "outbox_rights_are_of_a_user"
)]
#[case(
    "UPDATE outbox SET user_id = gen_random_uuid() WHERE change = 'ADDED'",
    "outbox_rights_are_of_a_user"
)]
#[case(
    "UPDATE outbox SET vehicle = 'null' WHERE change = 'ADDED'",
    "outbox_changes_are_of_a_vehicle"
)]
#[case(
    "UPDATE outbox SET vehicle = '{}' WHERE change = 'RIGHTS'",
    "outbox_changes_are_of_a_vehicle"
)]
#[case(
    "INSERT INTO audit_log (id, at, actor_name, action, before)
     VALUES (gen_random_uuid(), now(), '', 'vehicle.update', '[]')",
    "audit_log_before_is_an_object"
)]
#[case(
    "INSERT INTO audit_log (id, at, actor_name, action, after)
     VALUES (gen_random_uuid(), now(), '', 'vehicle.update', 'null')",
    "audit_log_after_is_an_object"
)]
#[tokio::test(flavor = "multi_thread")]
async fn entries_of_both_logs_are_complete(#[case] statement: &str, #[case] constraint: &str) {
    check_refused(statement, constraint).await;
}

async fn check_refused(statement: &str, constraint: &str) {
    let registry = a_registry().await;
    let outcome = registry.database.client().await.batch_execute(statement).await;
    let error = outcome.expect_err("a refusal");
    let refusal = error.as_db_error().expect("a refusal by the database");
    assert_eq!(refusal.constraint(), Some(constraint), "{refusal}");
}

#[rstest]
#[case("DELETE FROM users WHERE username = 'ana'", 0)]
#[case("DELETE FROM groups", 2)]
#[case("DELETE FROM vehicles", 2)]
#[tokio::test(flavor = "multi_thread")]
async fn removing_a_row_removes_its_grants(#[case] statement: &str, #[case] left: usize) {
    let registry = a_registry().await;
    let client = registry.database.client().await;
    client
        .batch_execute(statement)
        .await
        .expect("the rows are removed");
    let grants = client.query("SELECT FROM grants", &[]).await.expect("a list");
    assert_eq!(grants.len(), left);
    let sessions = client
        .query("SELECT FROM refresh_tokens", &[])
        .await
        .expect("a list");
    assert_eq!(sessions.len(), usize::from(left > 0));
}
