//! Quotas in GraphQL responses and their headers.

use reqwest::Response;
use serde_json::{Value, json};

use super::support::Program;

/// Returns the remaining quota in the `RateLimit` header.
fn remaining(response: &Response) -> u64 {
    let header = response.headers()["ratelimit"].to_str().expect("ASCII");
    let (_, rest) = header.split_once(";r=").expect("what is left");
    let digits = rest.split(';').next().expect("a number");
    digits.parse().expect("a number")
}

async fn ask(program: &Program, body: &Value) -> (u16, u64, Value) {
    let token = program.administrator().await.access.clone();
    let request = program.request("POST", "/graphql").bearer_auth(token).json(body);
    let response = request.send().await.expect("it listens");
    let (status, remaining) = (response.status().as_u16(), remaining(&response));
    (status, remaining, response.json().await.expect("JSON"))
}

/// Reads pages of 100 vehicles with all details until the quota runs out, like a client that reads a whole fleet.
#[tokio::test(flavor = "multi_thread")]
async fn header_and_response_agree_on_the_remaining_quota() {
    let program = Program::serve(&[("LIMITS__API_PER_SECOND", "1"), ("LIMITS__API_BURST", "200")]).await;
    let page = json!({"query": "{ vehicles(pagination: {first: 100}) { nodes {
        id name type manufacturer model status isEnabled createdAt updatedAt organizationId version
        specification { maxSpeed maxLoad batteryCapacity } position { x y z heading mapId timestamp }
        runtimeState { currentSpeed batteryLevel } groups { id }
    } } }"});
    let mut before = None;
    for _ in 0..20 {
        let (status, remaining, answer) = ask(&program, &page).await;
        let cost = &answer["extensions"]["cost"];
        assert_eq!(cost["remaining"], remaining, "{answer}");
        let requested = cost["requested"].as_u64().expect("a number");
        if status == 429 {
            assert!(remaining < requested, "{answer}");
            return;
        }
        assert_eq!(status, 200, "{answer}");
        assert!((20..40).contains(&requested), "{answer}");
        if let Some(before) = before {
            // Some quota is refilled between two requests.
            assert!(remaining + requested <= before + 5, "{remaining} after {before}");
        }
        before = Some(remaining);
    }
    panic!("no request was rejected");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_header_counts_a_batch_as_a_whole() {
    let program = Program::serve(&[("LIMITS__API_PER_SECOND", "1"), ("LIMITS__API_BURST", "200")]).await;
    let (_, before, _) = ask(&program, &json!({"query": "{ __typename }"})).await;
    let page = json!({"query": "{ vehicles(pagination: {first: 100}) { nodes { id name type } } }"});
    let (_, after, answers) = ask(&program, &json!([page, page, page])).await;
    assert_eq!(answers[2]["extensions"]["cost"]["remaining"], after);
    assert!(
        after <= before - 13 && after >= before - 15,
        "{after} after {before}"
    );
}
