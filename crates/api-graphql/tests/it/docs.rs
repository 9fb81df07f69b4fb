//! Tests of the examples in docs/graphql.md, which must work unchanged.

use serde_json::{Value, json};

use crate::stage::Stage;

const DOCS: &str = include_str!("../../../../docs/graphql.md");

/// Returns the fenced blocks of a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let opening = format!("\n```{language}\n");
    let blocks = DOCS.split(&*opening).skip(1);
    blocks
        .map(|block| block.split("\n```").next().expect("a block"))
        .collect()
}

/// Checks that an example is valid and within the limits, and causes no internal error. The objects that it refers to
/// need not exist.
fn check(example: &str, answer: &Value) {
    let codes = [
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
        "QUERY_TOO_COMPLEX",
        "INTERNAL",
    ];
    for error in answer["errors"].as_array().into_iter().flatten() {
        let code = error["extensions"]["code"].as_str().expect("a code");
        assert!(!codes.contains(&code), "{example}\n{error}");
    }
}

#[tokio::test]
async fn documents_in_the_docs_match_the_schema() {
    let stage = Stage::new().await;
    let documents = blocks("graphql");
    assert!(documents.len() > 10);
    for document in documents {
        if document.starts_with("subscription") {
            let mut client = stage.connect().await;
            client.subscribe("a", document, json!({})).await;
            client.subscribe("begun", "{ __typename }", json!({})).await;
            let first = client.receive().await;
            assert_ne!(first["type"], "error", "{document}\n{first}");
            check(document, &first["payload"]);
        } else {
            let (_, answer) = stage.post(&json!({"query": document})).await;
            check(document, &answer);
        }
    }
}

#[tokio::test]
async fn requests_in_the_docs_are_accepted() {
    let stage = Stage::new().await;
    let bodies: Vec<_> = blocks("sh")
        .into_iter()
        .filter(|block| block.contains("8080/graphql ") || block.contains("8080/graphql\n"))
        .filter_map(|block| block.split_once("-d '"))
        .collect();
    assert!(bodies.len() > 3);
    for (_, body) in bodies {
        let body: Value = serde_json::from_str(body.trim_end_matches('\'')).expect("the body is JSON");
        let (status, answer) = stage.post(&body).await;
        assert_eq!(status, 200, "{body}\n{answer}");
        let answers = answer.as_array().cloned().unwrap_or_else(|| vec![answer]);
        answers.iter().for_each(|answer| check(&body.to_string(), answer));
    }
}

#[tokio::test]
async fn the_stream_in_the_docs_is_answered_with_events() {
    let stage = Stage::new().await;
    let mut streams = blocks("sh")
        .into_iter()
        .filter(|block| block.contains("/graphql/stream"));
    let block = streams.next().expect("an example of a stream");
    let (_, body) = block.split_once("-d '").expect("a body");
    let id = stage.enabled_forklift("Lift 1").await;
    stage.robot_is_at(&id, 1.0);
    let request = stage.client.post(format!("{}/stream", stage.url()));
    let request = request
        .header("accept", "text/event-stream")
        .header("content-type", "application/json")
        .body(body.trim_end_matches('\''));
    let mut response = request.send().await.expect("the server answers");
    let mut text = String::new();
    while !text.contains("\"x\":1.0") {
        let chunk = tokio::time::timeout(std::time::Duration::from_secs(10), response.chunk()).await;
        let chunk = chunk
            .expect("in time")
            .expect("the chunk is valid")
            .expect("the stream goes on");
        text += std::str::from_utf8(&chunk).expect("UTF-8");
    }
    assert!(text.contains("event: next\ndata: {"), "{text}");
}

/// Replays the connection shown on the page. Sends the client's messages, and compares the shapes of the server's
/// messages.
#[tokio::test]
async fn socket_messages_in_the_docs_match_a_real_connection() {
    let stage = Stage::new().await;
    let id = stage.enabled_forklift("Lift 1").await;
    stage.robot_is_at(&id, 1.0);
    let mut client = stage.open_graphql().await;
    let messages = DOCS.lines().filter_map(|line| line.split_once(" {"));
    let mut answers = 0;
    for (direction, message) in messages {
        let message = format!("{{{message}").replace("<token>", &stage.administrator.token);
        match direction {
            "→" => {
                client
                    .send_json(serde_json::from_str(&message).expect("JSON"))
                    .await
            }
            "←" => {
                let expected: Value = serde_json::from_str(&message).expect("JSON");
                let mut actual = client.receive().await;
                if let Some(payload) = actual.get_mut("payload").and_then(Value::as_object_mut) {
                    payload.remove("extensions");
                }
                assert_eq!(shape(&actual), shape(&expected), "{actual}");
                answers += 1;
            }
            _ => {}
        }
    }
    assert!(answers > 2, "{answers}");
}

/// Replaces the parts of a message that may differ between connections: numbers, and strings other than types and ids.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let keep = |(key, value): (&String, &Value)| {
                let value = if key == "type" || key == "id" {
                    value.clone()
                } else {
                    shape(value)
                };
                (key.clone(), value)
            };
            Value::Object(fields.iter().map(keep).collect())
        }
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::Number(_) => json!(0),
        Value::String(_) => json!("…"),
        other => other.clone(),
    }
}
