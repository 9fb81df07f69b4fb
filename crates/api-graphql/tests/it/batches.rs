//! Batches: several requests in one POST.

use std::{sync::Arc, time::Duration};

use api_graphql::GraphqlOptions;
use rstest::rstest;
use serde_json::{Value, json};

use crate::{inputs::fields, probe::Probe, stage::Stage};

const TYPENAME: &str = "{ __typename }";

fn create(name: &str) -> Value {
    let query = "mutation($name: String!) { createGroup(input: {name: $name}) { name } }";
    json!({"query": query, "variables": {"name": name}})
}

fn codes(answers: &Value) -> Vec<Option<&str>> {
    let answers = answers.as_array().expect("a list");
    answers
        .iter()
        .map(|answer| answer["errors"][0]["extensions"]["code"].as_str())
        .collect()
}

#[tokio::test]
async fn requests_of_a_batch_are_executed_in_order_with_one_answer_each() {
    let stage = Stage::new().await;
    let groups = json!({"query": "{ groups { nodes { name } } }", "operationName": null});
    let batch =
        json!([groups, create("Hall"), groups, {"query": "{"}, {"query": "{ nonsense }"}, create("Hall")]);
    let (status, answers) = stage.post(&batch).await;
    assert_eq!(status, 200);
    assert_eq!(answers[0]["data"], json!({"groups": {"nodes": []}}));
    assert_eq!(answers[1]["data"], json!({"createGroup": {"name": "Hall"}}));
    assert_eq!(
        answers[2]["data"],
        json!({"groups": {"nodes": [{"name": "Hall"}]}})
    );
    let failed = [
        Some("GRAPHQL_PARSE_FAILED"),
        Some("GRAPHQL_VALIDATION_FAILED"),
        Some("CONFLICT"),
    ];
    assert_eq!(codes(&answers)[3..], failed);
}

#[rstest]
#[case::empty(json!([]), "body", "must be a list of 1 to 10 requests, not 0")]
#[case::too_many(json!(vec![json!({"query": TYPENAME}); 11]), "body", "must be a list of 1 to 10 requests, not 11")]
#[case::no_request(json!([{"query": TYPENAME}, {}]), "[1].query", "must be given")]
#[case::nested(json!([[{"query": TYPENAME}]]), "[0]", "must be a GraphQL request: a JSON object")]
#[case::variables(json!([{"query": TYPENAME, "variables": 7}]), "[0].variables", "must be a JSON object")]
#[tokio::test]
async fn an_invalid_batch_is_rejected_as_a_whole(
    #[case] batch: Value,
    #[case] field: &str,
    #[case] message: &str,
) {
    let stage = Stage::new().await;
    let (status, answer) = stage.post(&batch).await;
    assert_eq!(status, 400);
    let violations = fields(&answer["errors"][0]);
    assert_eq!(violations[0].0, field);
    assert!(
        violations[0]
            .1
            .starts_with(message.split(':').next().expect("a part")),
        "{answer}"
    );
}

#[tokio::test]
async fn the_maximum_batch_length_is_configurable() {
    let stage = Stage::with(GraphqlOptions {
        max_batch: 12,
        ..GraphqlOptions::default()
    })
    .await;
    let (status, answers) = stage.post(&json!(vec![json!({"query": TYPENAME}); 12])).await;
    assert_eq!((status, answers.as_array().map(Vec::len)), (200, Some(12)));
}

#[tokio::test]
async fn the_total_cost_of_a_batch_is_checked_before_execution() {
    let stage = Stage::with(GraphqlOptions {
        max_complexity: 103,
        ..GraphqlOptions::default()
    })
    .await;
    let page = json!({"query": "{ vehicles { nodes { id } } }"});
    let (status, answers) = stage.post(&json!([create("Hall"), page])).await;
    assert_eq!((status, codes(&answers)), (200, vec![None, None]));
    let (status, answer) = stage.post(&json!([create("Yard"), create("Roof"), page])).await;
    assert_eq!(
        (status, &answer["errors"][0]["extensions"]["code"]),
        (400, &json!("QUERY_TOO_COMPLEX"))
    );
    let groups = stage.data("{ groups { totalCount } }", json!({})).await;
    assert_eq!(groups["groups"]["totalCount"], 1);
}

#[tokio::test]
async fn the_timeout_applies_to_a_whole_batch() {
    let probe = Arc::new(Probe::default());
    let options = GraphqlOptions {
        timeout: Duration::from_millis(50),
        ..GraphqlOptions::default()
    };
    let stage = Stage::on(options, probe.stores()).await;
    probe.dawdle(Duration::from_secs(3_600));
    let slow = json!({"query": "{ enabledVehicles { id } }"});
    let (status, answers) = stage
        .post(&json!([{"query": TYPENAME}, slow, create("Hall")]))
        .await;
    assert_eq!(status, 200);
    assert_eq!(codes(&answers), [None, Some("UNAVAILABLE"), Some("UNAVAILABLE")]);
    let groups = stage.data("{ groups { totalCount } }", json!({})).await;
    assert_eq!(
        groups["groups"]["totalCount"], 0,
        "its turn came after the timeout"
    );
}
