//! Reported cost of operations.

use std::sync::Arc;

use adapters_memory::registry::MemoryRegistry;
use serde_json::{Value, json};
use test_application::staff::Staff;

use crate::{stage::Stage, stores::Stores};

/// Starts a server on which each caller has a quota of 1,000 calls, to which one call per second is added.
async fn stage() -> Stage {
    let registry = Arc::new(MemoryRegistry::new());
    let stores = Stores {
        staff: Arc::new(Staff::limited(registry, 1, 1_000)),
        ..Stores::default()
    };
    Stage::on(Default::default(), stores).await
}

fn cost(answer: &Value) -> (u64, u64) {
    let cost = &answer["extensions"]["cost"];
    let number = |name: &str| {
        cost[name]
            .as_u64()
            .unwrap_or_else(|| panic!("no {name}: {answer}"))
    };
    (number("requested"), number("remaining"))
}

#[tokio::test]
async fn every_answer_reports_its_cost_and_the_remaining_quota() {
    let stage = stage().await;
    let page = json!({"query": "{ vehicles(pagination: {first: 100}) { nodes { id name type } } }"});
    let (_, answer) = stage.post(&page).await;
    // 1 for the request, and 4 for about 400 fields.
    let (requested, remaining) = cost(&answer);
    assert_eq!(requested, 5);
    let (_, answer) = stage.post(&page).await;
    assert_eq!(cost(&answer).0, 5);
    assert!(cost(&answer).1 <= remaining - 4, "{answer}");

    let refused = [
        json!({"query": "{"}),
        json!({"query": "{ nonsense }"}),
        json!({"variables": {}}),
        json!({"query": "{ me { id } }", "extensions": {"persistedQuery": {"version": 2, "sha256Hash": ""}}}),
    ];
    for body in refused {
        let (_, answer) = stage.post(&body).await;
        assert!(answer["errors"].is_array(), "{answer}");
        assert_eq!(cost(&answer).0, 1, "{answer}");
    }
    let (status, answer) = stage.post_as(None, &json!({"query": "{ me { id } }"})).await;
    assert_eq!((status, cost(&answer).0), (401, 1), "{answer}");
}

#[tokio::test]
async fn a_rate_limited_answer_reports_the_required_calls() {
    let stage = stage().await;
    // 98 fields in each of 200 items.
    let fields: String = (0..98).map(|n| format!(" a{n}: id")).collect();
    let page =
        json!({"query": format!("{{ vehicles(pagination: {{first: 200}}) {{ nodes {{ {fields} }} }} }}")});
    let mut last = u64::MAX;
    for _ in 0..10 {
        let (status, answer) = stage.post(&page).await;
        let (requested, remaining) = cost(&answer);
        assert_eq!(requested, 199, "{status}");
        if status == 429 {
            assert!(remaining < requested, "{answer}");
            return;
        }
        assert!(remaining < last);
        last = remaining;
    }
    panic!("no request is rejected");
}

#[tokio::test]
async fn requests_of_a_batch_and_operations_of_a_socket_report_their_cost() {
    let stage = stage().await;
    let page = json!({"query": "{ vehicles(pagination: {first: 100}) { nodes { id name type } } }"});
    let (_, answers) = stage
        .post(&json!([page, {"query": "{ __typename }"}, {"query": "{"}]))
        .await;
    let costs: Vec<_> = answers.as_array().expect("a list").iter().map(cost).collect();
    assert_eq!(costs.iter().map(|cost| cost.0).collect::<Vec<_>>(), [5, 1, 1]);
    assert!(costs[1].1 <= costs[0].1);

    let mut client = stage.connect().await;
    client
        .subscribe("1", page["query"].as_str().expect("a text"), json!({}))
        .await;
    let message = client.receive().await;
    let (requested, remaining) = cost(&message["payload"]);
    assert_eq!(requested, 5, "{message}");
    assert!(remaining < costs[1].1, "{message}");
    assert_eq!(client.receive().await["type"], "complete");
}

#[tokio::test]
async fn the_first_event_of_a_subscription_reports_its_cost() {
    let stage = stage().await;
    let id = stage.enabled_forklift("Lift 1").await;
    stage.robot_is_at(&id, 1.0);
    let mut client = stage.connect().await;
    let watch = "subscription { vehiclePositionUpdated { position { x } } }";
    client.subscribe("1", watch, json!({})).await;
    let first = client.receive().await;
    assert_eq!(cost(&first["payload"]).0, 1, "{first}");
    stage.robot_is_at(&id, 2.0);
    let second = client.receive().await;
    assert_eq!(second["payload"].get("extensions"), None, "{second}");
}
