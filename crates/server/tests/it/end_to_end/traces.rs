//! Exported traces of positions and requests.

use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind};
use rstest::rstest;
use serde_json::json;

use super::{
    graphql_ws::GraphqlWs,
    otlp::{Collector, Receiver, TlsFront, attribute},
    support::{Plant, Program, position, until_ok},
};

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Starts a server that exports traces to a receiver. `ratio` is the sampling ratio for the traces that it starts
/// itself.
async fn traced_plant(receiver: &Receiver, ratio: &str) -> Plant {
    Plant::with(&[
        ("TELEMETRY__OTLP_ENDPOINT", &receiver.endpoint),
        ("TELEMETRY__SAMPLE_RATIO", ratio),
    ])
    .await
}

/// Publishes a position of a vehicle as part of a robot's trace.
async fn publish_traced(plant: &Plant, vehicle: &str, x: f64) {
    let mut message = position(vehicle, x);
    message["traceparent"] = TRACE.into();
    let mut robot = plant.robot().await;
    robot
        .publish("vehicle:position:update", message.to_string())
        .await;
}

/// Waits for the spans of the robot's trace, from the robot to a client, and checks that they form one path.
async fn check_path(receiver: &Receiver, flush: &str) {
    let trace_id = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes();
    let robot_span = 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes();
    let receive = receiver.until_named("vehicle:position:update receive").await;
    assert_eq!(
        (&receive.trace_id[..], &receive.parent_span_id[..]),
        (&trace_id[..], &robot_span[..])
    );
    assert_eq!(receive.kind(), SpanKind::Consumer);
    for (name, expected) in [
        ("messaging.system", "redis"),
        ("messaging.destination.name", "vehicle:position:update"),
        ("messaging.operation.name", "receive"),
        ("messaging.operation.type", "process"),
    ] {
        assert_eq!(attribute(&receive, name), expected, "{name}");
    }
    let apply = receiver.until_named("live apply").await;
    assert_eq!(
        (&apply.trace_id, &apply.parent_span_id),
        (&receive.trace_id, &receive.span_id)
    );
    let flush = receiver.until_named(flush).await;
    assert_eq!(
        (&flush.trace_id, &flush.parent_span_id),
        (&apply.trace_id, &apply.span_id)
    );
    assert_eq!(attribute(&flush, "fleetwatch.vehicles"), "1");
    assert_eq!(flush.links.len(), 1);
    assert_eq!(
        (&flush.links[0].trace_id, &flush.links[0].span_id),
        (&apply.trace_id, &apply.span_id)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_robots_trace_continues_to_the_socket() {
    let receiver = Receiver::start();
    let plant = traced_plant(&receiver, "0").await;
    let vehicle = plant.program.create_enabled("Tugger").await;
    let mut client = plant.program.watch_all().await;
    publish_traced(&plant, &vehicle, 1.0).await;
    client.until_at(&vehicle, 1.0).await;
    check_path(&receiver, "ws flush").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_robots_trace_continues_to_a_graphql_subscription() {
    let receiver = Receiver::start();
    let plant = traced_plant(&receiver, "0").await;
    let vehicle = plant.program.create_enabled("Tugger").await;
    let mut robot = plant.robot().await;
    let first = position(&vehicle, 0.5).to_string();
    robot.publish("vehicle:position:update", first).await;
    let mut client = GraphqlWs::connect(&plant.program).await;
    let query = "subscription($id: ID) { vehiclePositionUpdated(vehicleId: $id) { position { x } } }";
    client.subscribe("positions", query, json!({"id": vehicle})).await;
    // Once it has the known position, it is subscribed.
    client.next_message("positions").await;
    publish_traced(&plant, &vehicle, 1.0).await;
    let update = client.next_message("positions").await;
    assert_eq!(
        update["next"]["data"]["vehiclePositionUpdated"]["position"]["x"], 1.0,
        "{update}"
    );
    check_path(&receiver, "graphql flush").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_robots_trace_shows_why_its_message_was_rejected() {
    let receiver = Receiver::start();
    let plant = traced_plant(&receiver, "0").await;
    let vehicle = plant.program.create_enabled("Tugger").await;
    let mut robot = plant.robot().await;
    for (field, value, expected) in [
        ("x", json!("east"), "invalid_field"),
        ("y", json!(null), "not_finite"),
        ("timestamp", json!(1_732_333_333), "timestamp_unit"),
        ("type", json!("a_msgs/msg/B"), "unsupported_type"),
    ] {
        let mut message = position(&vehicle, 1.0);
        message["traceparent"] = TRACE.into();
        message[field] = value;
        if field == "type" {
            message["msg"] = json!({});
        }
        robot
            .publish("vehicle:position:update", message.to_string())
            .await;
        let span = receiver
            .until_span(expected, |span| {
                attribute(span, "fleetwatch.rejected") == expected
            })
            .await;
        assert_eq!(span.name, "vehicle:position:update receive");
        assert_eq!(span.parent_span_id, 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes());
        assert_eq!(attribute(&span, "fleetwatch.vehicle.id"), vehicle);
    }
    assert!(receiver.all().iter().all(|span| span.name != "live apply"));
}

/// Sends a GraphQL request as part of a trace, and returns the span of the request.
async fn traced_request(program: &Program, receiver: &Receiver, body: &serde_json::Value) -> Span {
    let token = &program.administrator().await.access;
    let response = program
        .request("POST", "/graphql")
        .bearer_auth(token)
        .header("traceparent", TRACE)
        .json(body)
        .send()
        .await
        .expect("it listens");
    assert_eq!(response.status().as_u16(), 200);
    let request = receiver.until_named("POST /graphql").await;
    assert_eq!(request.kind(), SpanKind::Server);
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_shows_its_resolvers_statements_and_commands() {
    let receiver = Receiver::start();
    let plant = traced_plant(&receiver, "0").await;
    let vehicle = plant.program.create_enabled("Mallory's cart").await;
    let request = traced_request(&plant.program, &receiver, &page()).await;
    let operation = receiver.until_named("query").await;
    assert_eq!(operation.parent_span_id, request.span_id);
    assert_eq!(operation.kind(), SpanKind::Internal);
    check_page(&plant, &receiver, &vehicle, &operation);
}

/// Returns a request for the vehicles whose names contain "Mallory", which needs PostgreSQL and Redis.
fn page() -> serde_json::Value {
    let query = "query Page($search: String) { \
        vehicles(filter: {search: $search}) { nodes { name position { x } groups { name } } } }";
    json!({"query": query, "operationName": "Page", "variables": {"search": "Mallory"}})
}

/// Checks the span of the operation [`page`], and those below it.
fn check_page(plant: &Plant, receiver: &Receiver, vehicle: &str, operation: &Span) {
    let below = receiver.below(operation);
    let find = |name: &str| {
        let found = below.iter().find(|span| span.name == name);
        found.unwrap_or_else(|| {
            let names: Vec<_> = below.iter().map(|span| &span.name).collect();
            panic!("{name} is not in {names:?}")
        })
    };
    let field = find("graphql.resolve vehicles");
    assert_eq!(attribute(operation, "graphql.operation.type"), "query");
    assert_eq!(attribute(operation, "graphql.operation.name"), "Page");
    assert_eq!(field.parent_span_id, operation.span_id);
    let statement = find("SELECT vehicles");
    assert_eq!(statement.kind(), SpanKind::Client);
    assert_eq!(statement.parent_span_id, field.span_id);
    for (name, expected) in [
        ("db.system.name", "postgresql"),
        ("db.operation.name", "SELECT"),
        ("db.collection.name", "vehicles"),
        ("db.query.summary", "SELECT vehicles"),
    ] {
        assert_eq!(attribute(statement, name), expected, "{name}");
    }
    // This server has not heard from the vehicle, so it looks for its position in Redis.
    let load = find("graphql.load live data");
    assert_eq!(attribute(load, "fleetwatch.keys"), "1");
    let command = below
        .iter()
        .find(|span| attribute(span, "db.system.name") == "redis")
        .expect("a command");
    assert_eq!(command.kind(), SpanKind::Client);
    assert_eq!(command.parent_span_id, load.span_id);
    assert_eq!(attribute(command, "server.port"), plant.redis.port().to_string());
    for secret in ["Mallory", vehicle, "$1", "$search"] {
        let leaks: Vec<_> = [operation]
            .into_iter()
            .chain(&below)
            .filter(|span| format!("{span:?}").contains(secret))
            .collect();
        assert!(leaks.is_empty(), "{secret} is in {leaks:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_on_a_socket_shows_its_resolvers_statements_and_commands() {
    let receiver = Receiver::start();
    let plant = traced_plant(&receiver, "0").await;
    let vehicle = plant.program.create_enabled("Mallory's cart").await;
    let mut client = GraphqlWs::connect(&plant.program).await;
    let mut request = page();
    request["id"] = "page".into();
    request["extensions"] = json!({"traceparent": TRACE});
    client.start(&request).await;
    client.next("page").await;
    let operation = receiver.until_named("query").await;
    let client_span = 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes();
    assert_eq!(operation.parent_span_id, client_span);
    assert_eq!(operation.kind(), SpanKind::Server);
    check_page(&plant, &receiver, &vehicle, &operation);
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_on_sockets_are_sampled_like_requests() {
    let receiver = Receiver::start();
    let plant = traced_plant(&receiver, "1").await;
    let mut client = GraphqlWs::connect(&plant.program).await;
    let query = "subscription { vehicleAdded { name } }";
    client.subscribe("added", query, json!({})).await;
    let operation = receiver.until_named("subscription").await;
    assert!(operation.parent_span_id.is_empty(), "a root span: {operation:?}");
    let below = receiver.below(&operation);
    assert!(
        below
            .iter()
            .any(|span| span.name == "graphql.resolve vehicleAdded"),
        "{below:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_with_streamed_results_is_below_its_request() {
    let receiver = Receiver::start();
    let plant = traced_plant(&receiver, "0").await;
    let vehicle = plant.program.create_enabled("Mallory's cart").await;
    let token = &plant.program.administrator().await.access;
    let response = plant
        .program
        .request("POST", "/graphql/stream")
        .bearer_auth(token)
        .header("accept", "text/event-stream")
        .header("traceparent", TRACE)
        .json(&page())
        .send()
        .await
        .expect("it listens");
    let events = response.text().await.expect("the stream ends");
    assert!(events.contains("event: complete"), "{events}");
    let request = receiver.until_named("POST /graphql/stream").await;
    let operation = receiver.until_named("query").await;
    assert_eq!(operation.parent_span_id, request.span_id);
    check_page(&plant, &receiver, &vehicle, &operation);
}

#[tokio::test(flavor = "multi_thread")]
async fn sampled_requests_are_root_spans() {
    let receiver = Receiver::start();
    let plant = traced_plant(&receiver, "1").await;
    plant.program.create("Tugger").await;
    let span = receiver
        .until_span("the request's span", |span| span.name.contains("/graphql"))
        .await;
    assert!(span.parent_span_id.is_empty(), "a root span: {span:?}");
}

#[rstest]
#[case::http("http")]
#[case::grpc("grpc")]
#[tokio::test(flavor = "multi_thread")]
async fn a_real_collector_receives_traces(#[case] protocol: &str) {
    let receiver = Receiver::start();
    let collector = Collector::before(&receiver).await;
    let address = match protocol {
        "http" => collector.http,
        _ => collector.grpc,
    };
    let program = Program::serve(&[
        ("TELEMETRY__OTLP_ENDPOINT", &format!("http://{address}")),
        ("TELEMETRY__OTLP_PROTOCOL", protocol),
        ("TELEMETRY__SAMPLE_RATIO", "1"),
    ])
    .await;
    program.create("Tugger").await;
    // The collector may change the order of the spans.
    let field = receiver.until_named("graphql.resolve createVehicle").await;
    let request = receiver.until_named("POST /graphql").await;
    assert_eq!(attribute(&request, "http.response.status_code"), "200");
    assert_eq!(field.trace_id, request.trace_id);
}

#[rstest]
#[case::http("http", "http/1.1")]
#[case::grpc("grpc", "h2")]
#[tokio::test(flavor = "multi_thread")]
async fn a_real_collector_behind_tls_receives_traces(#[case] protocol: &str, #[case] alpn: &str) {
    let receiver = Receiver::start();
    let collector = Collector::before(&receiver).await;
    let address = match protocol {
        "http" => collector.http,
        _ => collector.grpc,
    };
    let front = TlsFront::before(address, alpn).await;
    let ca_file = front.certificate.path().display().to_string();
    let program = Program::serve(&[
        ("TELEMETRY__OTLP_ENDPOINT", &front.endpoint),
        ("TELEMETRY__OTLP_PROTOCOL", protocol),
        ("TELEMETRY__OTLP_CA_FILE", &ca_file),
        ("TELEMETRY__OTLP_HEADERS", "authorization=Bearer of-the-collector"),
        ("TELEMETRY__SAMPLE_RATIO", "1"),
    ])
    .await;
    program.create("Tugger").await;
    receiver.until_named("POST /graphql").await;
}

#[rstest]
#[case::http("http")]
#[case::grpc("grpc")]
#[tokio::test(flavor = "multi_thread")]
async fn the_log_shows_why_a_receiver_cannot_be_reached(#[case] protocol: &str) {
    let program = Program::serve(&[
        // Nothing listens on this port.
        ("TELEMETRY__OTLP_ENDPOINT", "http://127.0.0.1:9"),
        ("TELEMETRY__OTLP_PROTOCOL", protocol),
        ("TELEMETRY__SAMPLE_RATIO", "1"),
    ])
    .await;
    program.create("Tugger").await;
    until_ok("the log has the reason", || async {
        program.log().contains("Connection refused").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_with_a_foreign_certificate_gets_no_traces() {
    let receiver = Receiver::start();
    let address = receiver.endpoint.trim_start_matches("http://");
    let address = address.parse().expect("an address");
    let front = TlsFront::before(address, "http/1.1").await;
    let other = TlsFront::before(address, "http/1.1").await;
    let ca_file = other.certificate.path().display().to_string();
    let mut program = Program::serve(&[
        ("TELEMETRY__OTLP_ENDPOINT", &front.endpoint),
        ("TELEMETRY__OTLP_CA_FILE", &ca_file),
        ("TELEMETRY__SAMPLE_RATIO", "1"),
    ])
    .await;
    program.create("Tugger").await;
    until_ok("the log has the reason", || async {
        program.log().contains("invalid peer certificate").then_some(())
    })
    .await;
    // Remaining spans are sent during the shutdown, so nothing can arrive afterwards.
    program.signal_to_stop();
    assert_eq!(program.ended().await, Some(0));
    assert!(receiver.all().is_empty());
}
