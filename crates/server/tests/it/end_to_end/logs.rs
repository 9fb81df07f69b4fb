//! The lines of the log, and its level.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    graphql_ws::GraphqlWs,
    raw::Raw,
    support::{Program, until_ok},
};

fn lines(program: &Program) -> Vec<Value> {
    let log = program.log();
    log.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// Waits for a line with these fields.
async fn until_line(program: &Program, fields: &[(&str, &str)]) -> Value {
    until_ok(&format!("a line with {fields:?}"), || async {
        let is_it = |line: &Value| fields.iter().all(|(name, value)| line[*name] == **value);
        lines(program).into_iter().find(is_it)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_of_a_request_have_its_id_its_trace_its_user_and_its_vehicle() {
    // The trace has an id even if no collector receives it.
    let program = Program::serve(&[("TELEMETRY__OTLP_ENDPOINT", "http://127.0.0.1:9")]).await;
    let vehicle = program.create("Tugger").await;
    let administrator = program.administrator().await.clone();
    let response = program
        .request("POST", &format!("/api/vehicles/{vehicle}/enable"))
        .bearer_auth(&administrator.access)
        .header("x-request-id", "shift-7")
        .header(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        )
        .send()
        .await
        .expect("it listens");
    assert_eq!(response.status(), 200);
    for message in ["vehicle enabled", "answered"] {
        let line = until_line(&program, &[("request.id", "shift-7"), ("message", message)]).await;
        assert_eq!(line["trace.id"], "4bf92f3577b34da6a3ce929d0e0e4736", "{line}");
        assert_eq!(line["user.id"], administrator.user, "{line}");
        assert_eq!(line["vehicle.id"], vehicle, "{line}");
        assert_eq!(line["level"], "INFO", "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_of_an_operation_on_a_socket_have_its_trace() {
    let program = Program::serve(&[("TELEMETRY__OTLP_ENDPOINT", "http://127.0.0.1:9")]).await;
    let vehicle = program.create("Tugger").await;
    let mut client = GraphqlWs::connect(&program).await;
    let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    client
        .start(&json!({
            "id": "enable",
            "query": "mutation($id: ID!) { enableVehicle(id: $id) { isEnabled } }",
            "variables": {"id": vehicle},
            "extensions": {"traceparent": traceparent},
        }))
        .await;
    client.next("enable").await;
    let line = until_line(&program, &[("message", "vehicle enabled")]).await;
    assert_eq!(line["trace.id"], "4bf92f3577b34da6a3ce929d0e0e4736", "{line}");
    let handshake = until_line(&program, &[("message", "answered"), ("path", "/graphql/ws")]).await;
    assert_eq!(line["request.id"], handshake["request.id"], "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_logged_with_its_chain_of_errors() {
    let program = Program::serve_unready(&[(
        "DATABASE__URL",
        "postgres://fleetwatch:secret@127.0.0.1:1/fleetwatch",
    )])
    .await;
    program.until_status("/health/db", 503).await;
    let line = until_line(&program, &[("message", "a dependency is unavailable")]).await;
    assert_eq!(line["dependency"], "database", "{line}");
    assert_eq!(line["error"], "the database is unavailable", "{line}");
    let sources = line["error.sources"].as_array().expect("its sources");
    assert!(
        !sources.is_empty() && sources.iter().all(Value::is_string),
        "{line}"
    );
    assert!(!line.to_string().contains("secret"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_not_http_are_summed_up() {
    let program = Program::serve(&[]).await;
    for _ in 0..30 {
        let mut raw = Raw::connect(&program).await;
        raw.send("GET\r\n\r\n").await;
        assert_eq!(raw.answer().await.status, 400);
    }
    let summary = [
        ("message", "repeated log lines were suppressed"),
        ("of", "rejected"),
    ];
    let line = until_line(&program, &summary).await;
    assert_eq!(line["status_code"], 400, "{line}");
    assert!(line["left_out"].as_u64().is_some_and(|count| count > 0), "{line}");
    // The requests may fall into two windows, each of which has a limit of five lines.
    let written = lines(&program);
    let written = written.iter().filter(|line| line["message"] == "rejected");
    assert!((1..=10).contains(&written.count()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_changes_the_level_and_it_falls_back() {
    let program = Program::serve(&[]).await;
    // Probes are logged at the level DEBUG only.
    let probed = |program: &Program| {
        let lines = lines(program);
        let is_probe = |line: &&Value| line["level"] == "DEBUG" && line["path"] == "/health/live";
        lines.iter().filter(is_probe).count()
    };
    let viewer = program.create_user("viewer", "VIEWER", None).await.access;
    let change = json!({"level": "debug", "forMs": 5_000});
    let refused = program
        .rest("PUT", "/api/log-level", Some(&viewer), Some(change.clone()))
        .await;
    assert_eq!(refused.0, 403, "{}", refused.1);
    program.get("/health/live").await;
    let (status, changed) = program
        .as_administrator("PUT", "/api/log-level", Some(change))
        .await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(
        (&changed["level"], &changed["configuredLevel"]),
        (&json!("debug"), &json!("info"))
    );
    assert_eq!(probed(&program), 0, "{}", program.log());
    until_ok("a probe is logged", || async {
        program.get("/health/live").await;
        (probed(&program) > 0).then_some(())
    })
    .await;
    until_line(
        &program,
        &[("message", "changing the log level"), ("filter", "debug")],
    )
    .await;

    let line = until_line(
        &program,
        &[("message", "the configured log level is in effect again")],
    )
    .await;
    assert_eq!(line["filter"], "info", "{line}");
    let (status, restored) = program.as_administrator("GET", "/api/log-level", None).await;
    assert_eq!(
        (status, restored),
        (
            200,
            json!({"level": "info", "configuredLevel": "info", "until": null})
        )
    );
    // A later line shows that all earlier ones have been read.
    until_line(&program, &[("path", "/api/log-level"), ("method", "GET")]).await;
    let before = probed(&program);
    program.get("/health/live").await;
    program.get("/api/vehicles?after-the-probe").await;
    until_line(&program, &[("path", "/api/vehicles"), ("message", "answered")]).await;
    assert_eq!(probed(&program), before);

    let (_, entries) = program
        .as_administrator("GET", "/api/audit?action=logs.level", None)
        .await;
    assert_eq!(entries["totalCount"], 1, "{entries}");
    assert_eq!(
        entries["items"][0]["after"],
        json!({"level": "debug", "forMs": 5_000})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn suppressed_lines_are_counted_even_if_the_server_stops() {
    let mut program = Program::serve(&[("LIMITS__API_BURST", "1"), ("LIMITS__API_PER_SECOND", "1")]).await;
    for _ in 0..40 {
        program.get("/api/vehicles").await;
    }
    program.signal_to_stop();
    assert_eq!(program.ended().await, Some(0));
    let summary = [
        ("message", "repeated log lines were suppressed"),
        ("of", "answered"),
    ];
    let line = tokio::time::timeout(Duration::from_secs(10), until_line(&program, &summary));
    line.await.expect("a summary");
}
