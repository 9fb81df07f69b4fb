//! What docs/graphql.md shows can be sent as it stands.

use serde_json::{Value, json};

use crate::stage::Stage;

const DOCS: &str = include_str!("../../../../docs/graphql.md");

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let opening = format!("\n```{language}\n");
    let blocks = DOCS.split(&*opening).skip(1);
    blocks
        .map(|block| block.split("\n```").next().expect("a block"))
        .collect()
}

/// Whether the document fits the schema, and asks for no more than it may; what it names need not be there.
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
async fn its_documents_fit_the_schema() {
    let stage = Stage::new().await;
    let documents = blocks("graphql");
    assert!(documents.len() > 10);
    for document in documents {
        let (_, answer) = stage.post(&json!({"query": document})).await;
        check(document, &answer);
    }
}

#[tokio::test]
async fn its_requests_are_understood() {
    let stage = Stage::new().await;
    let bodies: Vec<_> = blocks("sh")
        .into_iter()
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
