//! Spans of operations on sockets.

use std::sync::Arc;

use api_graphql::GraphqlOptions;
use application::ports::SpanKind;
use rstest::rstest;
use serde_json::{Value, json};
use test_builders::{SpanNote, SpanNotes};

use crate::{
    socket_client::Client,
    stage::{Stage, UNKNOWN_ID},
    stores::Stores,
};

/// Starts a server whose tracer keeps all spans.
async fn traced() -> (Stage, SpanNotes) {
    let notes = SpanNotes::default();
    let tracer = notes.clone();
    let stores = Stores::default().with(|ports| ports.tracer = Some(Arc::new(tracer)));
    (Stage::on(GraphqlOptions::default(), stores).await, notes)
}

/// Starts an operation with the id `1`.
async fn start(client: &mut Client, request: Value) {
    client
        .send_json(json!({"type": "subscribe", "id": "1", "payload": request}))
        .await;
}

/// Executes a query or mutation, and returns its result.
async fn run(client: &mut Client, request: Value) -> Value {
    start(client, request).await;
    let mut message = client.receive().await;
    assert_eq!(message["type"], "next", "{message}");
    assert_eq!(client.receive().await, json!({"type": "complete", "id": "1"}));
    message["payload"].take()
}

/// Returns a `traceparent` with this id of the span.
fn traceparent(span_id: u64, flags: &str) -> String {
    format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{span_id:016x}-{flags}")
}

/// Returns the two spans that have ended: that of a root field, and that of its operation.
fn field_and_operation(notes: &SpanNotes) -> [SpanNote; 2] {
    let spans: Result<[SpanNote; 2], _> = notes.ended().try_into();
    let [field, operation] = spans.expect("two spans");
    assert_eq!(field.parent, operation.id);
    assert_eq!(field.kind, SpanKind::Internal);
    assert_eq!(operation.kind, SpanKind::Server);
    [field, operation]
}

#[tokio::test]
async fn a_query_starts_a_trace_with_its_root_fields() {
    let (stage, notes) = traced().await;
    let mut client = stage.connect().await;
    let query = "query Find($name: String) { vehicles(filter: {search: $name}) { nodes { id } } }";
    let request = json!({"query": query, "operationName": "Find", "variables": {"name": "Mallory"}});
    run(&mut client, request).await;

    let [field, operation] = field_and_operation(&notes);
    assert_eq!(field.name, "graphql.resolve vehicles");
    assert_eq!(operation.name, "query");
    assert_eq!(operation.parent, SpanNotes::ROOT);
    assert_eq!(operation.attribute("graphql.operation.type"), "query");
    assert_eq!(operation.attribute("graphql.operation.name"), "Find");
    assert_eq!(operation.error, None);
    assert!(!format!("{:?}", notes.ended()).contains("Mallory"));
}

#[rstest]
#[case::the_only_operation("query Find { me { id } }", None, "Find")]
#[case::one_of_several("query Find { me { id } } query Other { me { id } }", Some("Other"), "Other")]
#[case::without_a_name("{ me { id } }", None, "")]
#[tokio::test]
async fn the_name_of_an_operation_is_that_in_its_document(
    #[case] query: &str,
    #[case] requested: Option<&str>,
    #[case] expected: &str,
) {
    let (stage, notes) = traced().await;
    let mut client = stage.connect().await;
    run(&mut client, json!({"query": query, "operationName": requested})).await;
    let [_, operation] = field_and_operation(&notes);
    assert_eq!(operation.attribute("graphql.operation.name"), expected);
    assert_eq!(operation.name, "query", "a bounded number of names");
}

#[tokio::test]
async fn the_name_of_an_operation_is_cut() {
    let (stage, notes) = traced().await;
    let mut client = stage.connect().await;
    let query = format!("query {} {{ me {{ id }} }}", "x".repeat(500));
    run(&mut client, json!({"query": query})).await;
    let [_, operation] = field_and_operation(&notes);
    assert_eq!(operation.attribute("graphql.operation.name"), "x".repeat(100));
}

#[tokio::test]
async fn a_failed_mutation_is_marked() {
    let (stage, notes) = traced().await;
    let mut client = stage.connect().await;
    let query = "mutation($id: ID!) { enableVehicle(id: $id) { id } }";
    let result = run(
        &mut client,
        json!({"query": query, "variables": {"id": UNKNOWN_ID}}),
    )
    .await;
    assert_eq!(result["errors"][0]["extensions"]["code"], "NOT_FOUND", "{result}");

    let [field, operation] = field_and_operation(&notes);
    assert_eq!(field.name, "graphql.resolve enableVehicle");
    assert_eq!(field.error.as_deref(), Some("NOT_FOUND"));
    assert_eq!(operation.name, "mutation");
    assert_eq!(operation.error.as_deref(), Some("GraphqlError"));
}

#[tokio::test]
async fn the_span_of_a_subscription_ends_when_it_is_set_up() {
    let (stage, notes) = traced().await;
    let vehicle = stage.enabled_forklift("Tugger").await;
    stage.robot_is_at(&vehicle, 1.0);
    let mut client = stage.connect().await;
    let query = "subscription($id: ID) {
        vehiclePositionUpdated(vehicleId: $id) { position { x } vehicle { groups { id } } }
    }";
    start(&mut client, json!({"query": query, "variables": {"id": vehicle}})).await;
    client.next("1").await;

    let [field, operation] = field_and_operation(&notes);
    assert_eq!(field.name, "graphql.resolve vehiclePositionUpdated");
    assert_eq!(operation.name, "subscription");
    assert_eq!(operation.attribute("graphql.operation.type"), "subscription");
    assert_eq!((operation.error, field.error), (None, None));

    stage.robot_is_at(&vehicle, 2.0);
    client.next("1").await;
    assert_eq!(notes.ended().len(), 2, "events have no spans of their operation");
}

#[tokio::test]
async fn a_subscription_that_cannot_be_started_is_marked() {
    let (stage, notes) = traced().await;
    let mut client = stage.connect().await;
    let query = "subscription($id: ID) { vehiclePositionUpdated(vehicleId: $id) { vehicleId } }";
    let request = json!({"query": query, "variables": {"id": UNKNOWN_ID}});
    let result = run(&mut client, request).await;
    assert_eq!(result["errors"][0]["extensions"]["code"], "NOT_FOUND", "{result}");

    let [field, operation] = field_and_operation(&notes);
    assert_eq!(field.error.as_deref(), Some("NOT_FOUND"));
    assert_eq!(operation.error.as_deref(), Some("GraphqlError"));
}

#[tokio::test]
async fn an_invalid_subscription_is_marked() {
    let (stage, notes) = traced().await;
    let mut client = stage.connect().await;
    start(
        &mut client,
        json!({"query": "subscription { vehicleAdded { serialNumberOfNothing } }"}),
    )
    .await;
    assert_eq!(client.receive().await["type"], "error");
    let spans = notes.ended();
    assert_eq!(spans.len(), 1, "{spans:?}");
    assert_eq!(spans[0].name, "subscription");
    assert_eq!(spans[0].error.as_deref(), Some("GraphqlError"));
}

/// Opens a socket with a `traceparent` in the handshake and the payload of `connection_init`.
async fn connect(stage: &Stage, handshake: Option<&str>, init: Option<&str>) -> Client {
    let mut headers = vec![("Sec-WebSocket-Protocol", "graphql-transport-ws")];
    headers.extend(handshake.map(|parent| ("traceparent", parent)));
    let mut client = stage.open(&headers).await.expect("the server accepts it");
    let mut payload = json!({"authorization": stage.administrator.bearer()});
    if let Some(parent) = init {
        payload["traceparent"] = parent.into();
    }
    client
        .send_json(json!({"type": "connection_init", "payload": payload}))
        .await;
    assert_eq!(client.receive().await, json!({"type": "connection_ack"}));
    client
}

#[rstest]
#[case::no_client(None, None, None, SpanNotes::ROOT)]
#[case::the_handshake(Some(1), None, None, 1)]
#[case::the_connection(Some(1), Some(2), None, 2)]
#[case::the_operation(Some(1), Some(2), Some(3), 3)]
#[case::only_the_operation(None, None, Some(3), 3)]
#[tokio::test]
async fn an_operation_continues_the_most_specific_trace_of_its_client(
    #[case] handshake: Option<u64>,
    #[case] init: Option<u64>,
    #[case] own: Option<u64>,
    #[case] expected: u64,
) {
    let (stage, notes) = traced().await;
    let [handshake, init, own] = [handshake, init, own].map(|id| id.map(|id| traceparent(id, "01")));
    let mut client = connect(&stage, handshake.as_deref(), init.as_deref()).await;
    let request = json!({"query": "{ me { id } }", "extensions": {"traceparent": own}});
    run(&mut client, request).await;
    let [_, operation] = field_and_operation(&notes);
    assert_eq!(operation.parent, expected);
}

#[tokio::test]
async fn each_operation_decides_for_itself_whether_it_is_traced() {
    let (stage, notes) = traced().await;
    let unsampled = traceparent(1, "00");
    let mut client = connect(&stage, Some(&unsampled), None).await;
    run(&mut client, json!({"query": "{ me { id } }"})).await;
    assert!(notes.ended().is_empty(), "its client does not sample it");
    let sampled = json!({"traceparent": traceparent(2, "01")});
    run(
        &mut client,
        json!({"query": "{ me { id } }", "extensions": sampled}),
    )
    .await;
    let [_, operation] = field_and_operation(&notes);
    assert_eq!(operation.parent, 2);
}

#[rstest]
#[case::not_a_text(json!(7))]
#[case::not_a_position(json!("00-4bf92f3577b34da6a3ce929d0e0e4736"))]
#[tokio::test]
async fn a_malformed_traceparent_is_ignored(#[case] malformed: Value) {
    let (stage, notes) = traced().await;
    let mut client = stage.connect().await;
    let request = json!({"query": "{ me { id } }", "extensions": {"traceparent": malformed}});
    run(&mut client, request).await;
    let [_, operation] = field_and_operation(&notes);
    assert_eq!(operation.parent, SpanNotes::ROOT);
}
