//! Persisted queries.

use reqwest::header;
use rstest::rstest;
use serde_json::{Value, json};

use crate::{http::with_parameters, inputs::fields, stage::Stage};

const QUERY: &str = "query Name($id: ID!) { vehicle(id: $id) { name } }";

/// SHA-256 hash of [`QUERY`].
const HASH: &str = "6429e9cad378fb98de42ffb5893aae264eed9fee4bb4178d34cb04419dfd1815";

fn extensions(hash: &str) -> Value {
    json!({"persistedQuery": {"version": 1, "sha256Hash": hash}})
}

#[tokio::test]
async fn a_document_is_found_by_its_hash_once_a_client_has_sent_it() {
    let stage = Stage::new().await;
    let variables = json!({"id": stage.forklift("Lift 1").await});
    let by_hash = json!({"extensions": extensions(HASH), "variables": variables});
    let (status, answer) = stage.post(&by_hash).await;
    assert_eq!(status, 200);
    let error = &answer["errors"][0];
    assert_eq!(
        (&error["message"], &error["extensions"]["code"]),
        (
            &json!("PersistedQueryNotFound"),
            &json!("PERSISTED_QUERY_NOT_FOUND")
        )
    );
    assert_eq!(answer.get("data"), None);
    let whole = json!({"query": QUERY, "extensions": extensions(HASH), "variables": variables});
    for body in [
        whole,
        by_hash.clone(),
        json!({"query": null, "extensions": extensions(&HASH.to_uppercase()), "variables": variables}),
    ] {
        let (status, answer) = stage.post(&body).await;
        assert_eq!(
            (status, &answer["data"]["vehicle"]["name"]),
            (200, &json!("Lift 1")),
            "{answer}"
        );
    }

    // The hash also works by GET, in a batch, and over a socket.
    let (by_extensions, by_variables) = (extensions(HASH).to_string(), variables.to_string());
    let parameters = [("extensions", &*by_extensions), ("variables", &*by_variables)];
    let request = stage.client.get(with_parameters(&stage.url(), &parameters));
    let response = request.send().await.expect("the server answers");
    let answer: Value = response.json().await.expect("the answer is JSON");
    assert_eq!(answer["data"]["vehicle"]["name"], "Lift 1", "{answer}");
    let (_, answers) = stage
        .post(&json!([by_hash, {"extensions": extensions(&"0".repeat(64))}]))
        .await;
    assert_eq!(answers[0]["data"]["vehicle"]["name"], "Lift 1", "{answers}");
    assert_eq!(answers[1]["errors"][0]["message"], "PersistedQueryNotFound");
    let mut client = stage.connect().await;
    client
        .send_json(json!({"type": "subscribe", "id": "1", "payload": by_hash}))
        .await;
    assert_eq!(client.next("1").await["vehicle"]["name"], "Lift 1");
}

#[rstest]
#[case::hash_of_another(
    json!({"query": "{ __typename }", "extensions": extensions(HASH)}),
    "extensions.persistedQuery.sha256Hash"
)]
#[case::no_hash(json!({"extensions": extensions("abc")}), "extensions.persistedQuery.sha256Hash")]
#[case::no_digits(json!({"extensions": extensions(&"x".repeat(64))}), "extensions.persistedQuery.sha256Hash")]
#[case::other_version(
    json!({"extensions": {"persistedQuery": {"version": 2, "sha256Hash": HASH}}}),
    "extensions.persistedQuery.version"
)]
#[case::extensions_of_another_type(json!({"query": "{ __typename }", "extensions": [1]}), "extensions")]
#[tokio::test]
async fn an_invalid_hash_is_bad_input(#[case] body: Value, #[case] field: &str) {
    let stage = Stage::new().await;
    let (status, answer) = stage.post(&body).await;
    assert_eq!(status, 400, "{answer}");
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    assert_eq!(fields(&answer["errors"][0])[0].0, field);
    let by_hash = json!({"extensions": extensions(HASH)});
    let (_, answer) = stage.post(&by_hash).await;
    assert_eq!(answer["errors"][0]["message"], "PersistedQueryNotFound");
}

#[tokio::test]
async fn documents_of_anonymous_callers_are_not_stored() {
    let stage = Stage::new().await;
    let query = "{ __typename }";
    let hash = "7f56e67dd21ab3f30d1ff8b7bed08893f0a0db86449836189b361dd1e56ddb4b";
    let whole = json!({"query": query, "extensions": extensions(hash)});
    let (_, answer) = stage.post_as(None, &whole).await;
    assert_eq!(answer["data"]["__typename"], "Query", "{answer}");
    let by_hash = json!({"extensions": extensions(hash)});
    let (_, answer) = stage.post_as(None, &by_hash).await;
    assert_eq!(answer["errors"][0]["message"], "PersistedQueryNotFound");
    stage.post(&whole).await;
    let (_, answer) = stage.post_as(None, &by_hash).await;
    assert_eq!(answer["data"]["__typename"], "Query", "{answer}");
}

#[tokio::test]
async fn a_persisted_mutation_is_not_executed_by_get() {
    let stage = Stage::new().await;
    let mutation = "mutation { __typename }";
    let hash = "22c9efff0269bd71ee0875759c0ae2b966100d019474f3e91a2b73d3dada7f8f";
    let whole = json!({"query": mutation, "extensions": extensions(hash)});
    let (_, answer) = stage.post(&whole).await;
    assert_eq!(answer["data"]["__typename"], "Mutation", "{answer}");
    let request = stage
        .client
        .get(with_parameters(
            &stage.url(),
            &[("extensions", &extensions(hash).to_string())],
        ))
        .header(header::ACCEPT, "application/json");
    let response = request.send().await.expect("the server answers");
    assert_eq!(response.status().as_u16(), 405);
}
