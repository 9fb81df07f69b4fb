//! Properties of a log in a table: transactions commit at any time, and rows are numbered later.

use std::time::Duration;

use adapters_postgres::PgEventLog;
use application::{
    ports::{EventLog, NextEvents, UserRepository},
    registry::{Happened, RegistryEvent, Sequence},
};
use domain::VehicleId;
use futures::future::{join, join_all};
use test_builders::{a_user, a_vehicle, an_administrator};
use tokio::time::timeout;
use tokio_postgres::Client;

use crate::{DEADLINE, registry::InPostgres};

/// Inserts another event about the vehicle of the first event, within the current transaction, if any.
const NOTE: &str = "INSERT INTO outbox (change, vehicle, happened_at)
    SELECT 'ADDED', vehicle, now() FROM outbox ORDER BY id LIMIT 1";

async fn register(registry: &InPostgres) -> VehicleId {
    a_vehicle().register(&registry.vehicles).await.id
}

async fn run(client: &Client, statement: &str) {
    client.batch_execute(statement).await.expect(statement);
}

async fn events_after(log: &PgEventLog, after: u64) -> Vec<RegistryEvent> {
    let read = timeout(DEADLINE, log.read_after(Sequence::new(after))).await;
    match read.expect("reading should not wait for a lock").expect("events") {
        NextEvents::Events(events) => events,
        NextEvents::Lost => panic!("no event after {after} should be deleted"),
    }
}

fn vehicle_of(event: &RegistryEvent) -> VehicleId {
    event.to_vehicle().expect("an event about a vehicle").1.id
}

/// Checks the vehicles of the events after a number, and that the numbers have no gaps.
async fn check_events(log: &PgEventLog, after: u64, expected: &[VehicleId]) {
    let events = events_after(log, after).await;
    let found: Vec<_> = events
        .iter()
        .map(|event| (event.sequence.get(), vehicle_of(event)))
        .collect();
    let expected: Vec<_> = (after + 1..).zip(expected.iter().copied()).collect();
    assert_eq!(found, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_commits_late_is_numbered_late_and_not_missed() {
    let registry = InPostgres::fresh().await;
    let first = register(&registry).await;
    let late = registry.database.client().await;
    run(&late, "BEGIN").await;
    run(&late, NOTE).await;
    let second = register(&registry).await;
    check_events(&registry.log, 0, &[first, second]).await;
    check_events(&registry.log, 2, &[]).await;

    run(&late, "COMMIT").await;
    check_events(&registry.log, 2, &[first]).await;
    check_events(&registry.log, 0, &[first, second, first]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_leaves_no_gap() {
    let registry = InPostgres::fresh().await;
    let first = register(&registry).await;
    let client = registry.database.client().await;
    for _ in 0..3 {
        run(&client, "BEGIN").await;
        run(&client, NOTE).await;
        run(&client, "ROLLBACK").await;
    }
    let second = register(&registry).await;
    check_events(&registry.log, 0, &[first, second]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_waits_neither_for_other_changes_nor_for_readers() {
    let registry = InPostgres::fresh().await;
    let first = register(&registry).await;
    let (writer, reader) = (registry.database.client().await, registry.database.client().await);
    run(&writer, "BEGIN").await;
    run(&writer, NOTE).await;
    run(&reader, "BEGIN; SELECT number_outbox(1000)").await;

    let second = timeout(DEADLINE, register(&registry))
        .await
        .expect("a change should not wait for a lock");
    run(&reader, "COMMIT").await;
    check_events(&registry.log, 0, &[first, second]).await;
    run(&writer, "ROLLBACK").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_without_new_events_writes_nothing() {
    let registry = InPostgres::fresh().await;
    let id = register(&registry).await;
    check_events(&registry.log, 0, &[id]).await;

    let name = registry.database.url();
    let name = name.rsplit('/').next().expect("a name");
    let read_only = format!("ALTER DATABASE {name} SET default_transaction_read_only = on");
    run(&registry.database.client().await, &read_only).await;
    let log = PgEventLog::new(registry.database.database());
    check_events(&log, 1, &[]).await;
    check_events(&log, 0, &[id]).await;
    assert_eq!(log.position().await.expect("a position"), Sequence::new(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn unnumbered_events_are_not_deleted() {
    let registry = InPostgres::fresh().await;
    let all = [
        register(&registry).await,
        register(&registry).await,
        register(&registry).await,
    ];
    for _ in 0..2 {
        let forgotten = registry.log.forget_older_than(Duration::ZERO).await;
        forgotten.expect("no old events");
    }
    check_events(&registry.log, 0, &all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deletion_leaves_no_gap_although_times_are_out_of_order() {
    let registry = InPostgres::fresh().await;
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push(register(&registry).await);
    }
    check_events(&registry.log, 0, &all).await;
    let client = registry.database.client().await;
    run(
        &client,
        "UPDATE outbox SET happened_at = now() - interval '2 hours' WHERE sequence IN (1, 2, 4)",
    )
    .await;
    let forgotten = registry.log.forget_older_than(Duration::from_secs(3_600)).await;
    forgotten.expect("the first two are deleted");
    for after in [0, 1] {
        let outcome = registry.log.read_after(Sequence::new(after)).await;
        assert_eq!(outcome.expect("an answer"), NextEvents::Lost);
    }
    check_events(&registry.log, 2, &all[2..]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_events_than_one_statement_deletes_are_deleted() {
    let registry = InPostgres::fresh().await;
    register(&registry).await;
    let client = registry.database.client().await;
    run(
        &client,
        "INSERT INTO outbox (change, vehicle, happened_at)
         SELECT 'ADDED', vehicle, now() FROM outbox, generate_series(2, 25000)",
    )
    .await;
    let position = registry.log.position().await.expect("a position");
    assert_eq!(position, Sequence::new(25_000));
    let forgotten = registry.log.forget_older_than(Duration::ZERO).await;
    forgotten.expect("they are deleted");
    let kept = client
        .query("SELECT sequence FROM outbox", &[])
        .await
        .expect("a list");
    let kept: Vec<i64> = kept.iter().map(|row| row.get(0)).collect();
    assert_eq!(kept, [25_000]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_event_counts_as_lost() {
    let registry = InPostgres::fresh().await;
    for _ in 0..3 {
        register(&registry).await;
    }
    assert_eq!(events_after(&registry.log, 0).await.len(), 3);
    let client = registry.database.client().await;
    run(&client, "UPDATE outbox SET vehicle = '{}' WHERE sequence = 2").await;
    let outcome = registry.log.read_after(Sequence::START).await;
    assert_eq!(outcome.expect("an answer"), NextEvents::Lost);
    assert_eq!(events_after(&registry.log, 2).await.len(), 1);
}

/// During an upgrade, another version of this program may write events of an unknown kind.
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_kind_of_change_counts_as_lost() {
    let registry = InPostgres::fresh().await;
    for _ in 0..2 {
        register(&registry).await;
    }
    let client = registry.database.client().await;
    run(
        &client,
        "ALTER TABLE outbox DROP CONSTRAINT outbox_change_is_known;
         UPDATE outbox SET change = 'PAINTED' WHERE id = 2",
    )
    .await;
    let outcome = registry.log.read_after(Sequence::START).await;
    assert_eq!(outcome.expect("an answer"), NextEvents::Lost);
    let position = registry.log.position().await.expect("a position");
    assert_eq!(position, Sequence::new(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_rights_are_numbered_like_other_events() {
    let registry = InPostgres::fresh().await;
    let user = a_user().register(&registry.users).await.id;
    let first = register(&registry).await;
    let deleted = registry.users.delete(an_administrator(), user).await;
    deleted.expect("the user is deleted");
    let second = register(&registry).await;
    let events = events_after(&registry.log, 0).await;
    let found: Vec<_> = events
        .iter()
        .map(|event| match &event.happened {
            Happened::ToVehicle { vehicle, .. } => Ok(vehicle.id),
            Happened::RightsChanged(user) => Err(*user),
        })
        .collect();
    assert_eq!(found, [Ok(first), Err(user), Ok(second)]);
    check_events(&registry.log, 2, &[second]).await;
}

/// The readers number concurrently, each with its own connections, while other tasks write.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_readers_give_each_event_one_number() {
    let registry = InPostgres::fresh().await;
    let mut expected = Vec::new();
    let mut received: Vec<Vec<RegistryEvent>> = vec![Vec::new(); 4];
    let logs: Vec<PgEventLog> = received
        .iter()
        .map(|_| PgEventLog::new(registry.database.database()))
        .collect();
    for _ in 0..60 {
        let writing = join_all((0..3).map(|_| register(&registry)));
        let reading = join_all(logs.iter().zip(&mut received).map(async |(log, received)| {
            for _ in 0..8 {
                let last = received.last().map_or(0, |event| event.sequence.get());
                received.extend(events_after(log, last).await);
            }
        }));
        let (written, _) = join(writing, reading).await;
        expected.extend(written);
    }
    let all = events_after(&logs[0], 0).await;
    let numbers: Vec<u64> = all.iter().map(|event| event.sequence.get()).collect();
    assert_eq!(numbers, (1..=expected.len() as u64).collect::<Vec<_>>());
    for events in received {
        assert_eq!(events, all[..events.len()]);
    }
}
