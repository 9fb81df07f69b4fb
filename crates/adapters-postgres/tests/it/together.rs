//! Concurrent changes that conflict with each other.

use std::time::Duration;

use application::{
    Error,
    ports::{GroupRepository, Mode, OrganizationRepository, Registration, VehicleRepository},
};
use domain::{
    GroupName, OrganizationId, OrganizationName,
    vehicle::{VehicleChanges, VehicleName},
};
use futures::future::{join, join_all};
use test_builders::{a_vehicle, an_administrator};
use tokio::time::Instant;

use crate::registry::InPostgres;

fn rename(name: &str) -> VehicleChanges {
    VehicleChanges {
        name: Some(VehicleName::new(name).expect("a name")),
        ..VehicleChanges::default()
    }
}

/// Checks that each change either succeeded or failed because the name is taken.
fn check_done_or_taken<T: std::fmt::Debug>(outcomes: [Result<T, Error>; 2]) {
    for outcome in outcomes {
        assert!(
            matches!(outcome, Ok(_) | Err(Error::Conflict { field: "name", .. })),
            "{outcome:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn swapping_names_concurrently_reports_them_as_taken() {
    let registry = InPostgres::fresh().await;
    let (vehicles, by) = (&registry.vehicles, an_administrator());
    let one = a_vehicle().named("one").register(vehicles).await.id;
    let other = a_vehicle().named("other").register(vehicles).await.id;
    let group = |name| GroupName::new(name).expect("a name");
    let groups = &registry.groups;
    let mut made = Vec::new();
    for name in ["one", "other"] {
        let made_group = groups.create(by, OrganizationId::DEFAULT, group(name)).await;
        made.push(made_group.expect("a group").id);
    }
    let organization = |name| OrganizationName::new(name).expect("a name");
    let organizations = &registry.organizations;
    let mut tenants = Vec::new();
    for name in ["one", "other"] {
        let tenant = organizations.create(by, organization(name)).await;
        tenants.push(tenant.expect("an organisation").id);
    }
    for _ in 0..5 {
        let (a, b) = join(
            vehicles.update(by, one, None, rename("other")),
            vehicles.update(by, other, None, rename("one")),
        )
        .await;
        check_done_or_taken([a, b]);
        let (a, b) = join(
            groups.rename(by, made[0], group("other")),
            groups.rename(by, made[1], group("one")),
        )
        .await;
        check_done_or_taken([a, b]);
        let (a, b) = join(
            organizations.rename(by, tenants[0], organization("other")),
            organizations.rename(by, tenants[1], organization("one")),
        )
        .await;
        check_done_or_taken([a, b]);
    }
}

fn a_list(prefix: &str, vehicles: usize) -> Vec<Registration> {
    (0..vehicles)
        .map(|number| a_vehicle().named(&format!("{prefix} {number}")).registration())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_many_concurrent_lists_is_registered_or_asked_to_retry() {
    let registry = InPostgres::fresh().await;
    let lists = (0..8).map(|number| {
        let list = a_list(&format!("list {number}"), 2_500);
        registry
            .vehicles
            .create_all(an_administrator(), OrganizationId::DEFAULT, list, Mode::Apply)
    });
    let outcomes = join_all(lists).await;
    let registered = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Ok(Ok(_))))
        .count();
    assert!(registered > 0, "at least one list should be registered");
    for outcome in &outcomes {
        assert!(
            matches!(
                outcome,
                Ok(Ok(_)) | Err(Error::RateLimited { .. } | Error::Unavailable { .. })
            ),
            "{outcome:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_waits_only_briefly_for_a_name_in_an_uncommitted_list() {
    let registry = InPostgres::fresh().await;
    let mut client = registry.database.client().await;
    let list = client.transaction().await.expect("a transaction");
    let inserted = list
        .batch_execute(
            "INSERT INTO vehicles (id, organization_id, kind, name, manufacturer, max_speed, max_load, battery_capacity)
             SELECT gen_random_uuid(), id, 'FORKLIFT', 'AMR 1', 'Acme', 1, 1, 1 FROM organizations",
        )
        .await;
    inserted.expect("a vehicle in this transaction");
    let began = Instant::now();
    let draft = a_vehicle().named("AMR 1").draft();
    let created = registry
        .vehicles
        .create(an_administrator(), OrganizationId::DEFAULT, draft)
        .await;
    assert!(matches!(created, Err(Error::Unavailable { .. })), "{created:?}");
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_writes_nothing_at_all() {
    let registry = InPostgres::fresh().await;
    let client = registry.database.client().await;
    let written = async || {
        let row = client
            .query_one("SELECT last_value, is_called FROM outbox_id_seq", &[])
            .await
            .expect("a row");
        (row.get::<_, i64>(0), row.get::<_, bool>(1))
    };
    let sizes = async || {
        let row = client
            .query_one(
                "SELECT sum(pg_relation_size(oid))::bigint FROM pg_class
                 WHERE relname IN ('vehicles', 'amr_details', 'outbox', 'audit_log', 'vehicles_by_text')",
                &[],
            )
            .await
            .expect("a row");
        row.get::<_, i64>(0)
    };
    let before = (written().await, sizes().await);
    let rehearsed = registry
        .vehicles
        .create_all(
            an_administrator(),
            OrganizationId::DEFAULT,
            a_list("rehearsed", 3_000),
            Mode::Rehearse,
        )
        .await;
    assert_eq!(rehearsed.expect("an answer").expect("no collisions").len(), 3_000);
    assert_eq!((written().await, sizes().await), before);
}
