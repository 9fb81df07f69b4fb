//! Spans of statements.

use std::net::TcpListener;

use adapters_postgres::{Database, DatabaseOptions};
use application::ports::{Dependency as _, SpanKind, VehicleRepository as _};
use domain::{AccessScope, OrganizationId};
use test_builders::{SpanNotes, a_vehicle, an_administrator};

use crate::{registry::InPostgres, unavailable::check_unavailable};

#[tokio::test(flavor = "multi_thread")]
async fn each_statement_of_a_traced_exchange_has_a_span_without_its_parameters() {
    let registry = InPostgres::fresh().await;
    let draft = a_vehicle().named("Mallory's cart").draft();
    let created = registry
        .vehicles
        .create(an_administrator(), OrganizationId::DEFAULT, draft);
    let (created, changes) = SpanNotes::of(created).await;
    let id = created.expect("it is registered").id;
    let (found, reads) = SpanNotes::of(registry.vehicles.find_by_id(&AccessScope::All, id)).await;
    assert!(found.expect("PostgreSQL is available").is_some());

    let names: Vec<_> = changes.iter().map(|span| span.name.as_str()).collect();
    assert_eq!((names.first(), names.last()), (Some(&"BEGIN"), Some(&"COMMIT")));
    assert!(names.contains(&"INSERT vehicles"), "{names:?}");
    let read = reads
        .iter()
        .find(|span| span.name == "SELECT vehicles")
        .expect("the vehicle is read");
    let url = registry.database.url();
    let database = url.rsplit('/').next().and_then(|name| name.split('?').next());
    for (name, expected) in [
        ("db.system.name", "postgresql"),
        ("db.namespace", database.expect("a name")),
        ("db.operation.name", "SELECT"),
        ("db.collection.name", "vehicles"),
        ("db.query.summary", "SELECT vehicles"),
    ] {
        assert_eq!(read.attribute(name), expected, "{name}");
    }
    assert!(!read.attribute("server.address").is_empty());
    for span in changes.iter().chain(&reads) {
        assert_eq!((span.kind, span.parent), (SpanKind::Client, SpanNotes::ROOT));
        assert_eq!(span.error, None);
        let shown = format!("{span:?}");
        assert!(!shown.contains("Mallory") && !shown.contains('$'), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_statement_sets_the_kind_of_its_error() {
    let registry = InPostgres::fresh().await;
    registry
        .database
        .client()
        .await
        .batch_execute("ALTER TABLE vehicles RENAME TO hidden")
        .await
        .expect("the superuser may rename it");
    let id = domain::VehicleId::from_uuid(uuid::Uuid::nil());
    let (found, spans) = SpanNotes::of(registry.vehicles.find_by_id(&AccessScope::All, id)).await;
    assert!(found.is_err());
    let failed: Vec<_> = spans.iter().filter_map(|span| span.error.as_deref()).collect();
    assert_eq!(failed.first(), Some(&"Unknown"), "{spans:?}");
}

#[tokio::test]
async fn an_exchange_with_an_unavailable_server_has_a_failed_span() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let url = format!("postgres://user@127.0.0.1:{port}/fleet?sslmode=disable");
    let database = Database::connect(DatabaseOptions {
        url: url.parse().expect("a URL"),
        pool_size: 1,
    });
    // The first exchange cannot connect, so the circuit opens and the second one fails at once.
    for expected in [&["connection", "circuit_open"][..], &["circuit_open"]] {
        let (checked, spans) = SpanNotes::of(database.check()).await;
        check_unavailable(checked);
        let [failed] = &spans[..] else {
            panic!("one span is expected: {spans:?}")
        };
        assert_eq!((&*failed.name, failed.kind), ("postgresql", SpanKind::Client));
        assert_eq!(failed.parent, SpanNotes::ROOT);
        assert_eq!(failed.attribute("server.port"), port.to_string());
        let error = failed.error.as_deref().expect("it has failed");
        assert!(expected.contains(&error), "{error}");
    }
}
