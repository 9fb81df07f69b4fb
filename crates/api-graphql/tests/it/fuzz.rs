//! Fuzz test from the request to the answer.

use std::time::Duration;

use fuzzing::{Seeds, any_json, fuzz, mutated_text};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::stage::Stage;

/// Seed documents. None of them ends the session or deletes users.
const DOCUMENTS: &[&str] = &[
    "{ vehicles(first: 2, filter: {type: FORKLIFT, search: \"l\"}) { edges { cursor node { id name groups { name } connectionStatus } } pageInfo { endCursor } totalCount } }",
    "query One($id: ID!, $more: Boolean = true) { vehicle(id: $id) { ...V position @include(if: $more) { x y } } } fragment V on Vehicle { id name ... on AMR { autonomyLevel } specification { maxSpeed } }",
    "query A { me { id username role } sessions { id } } query B { __typename }",
    "mutation($i: CreateVehicleInput!) { createVehicle(input: $i) { id } }",
    "mutation { createVehicle(input: {name: \"T\", type: AMR, manufacturer: \"A\", specification: {maxSpeed: 1.5, maxLoad: 1, batteryCapacity: 1e3}, amr: {lidarEnabled: true, cameraEnabled: false, ultrasonicEnabled: false, autonomyLevel: 4, obstacleAvoidanceConfig: {a: [1, {b: null}]}}}) { id } }",
    "mutation { login(username: \"nobody\", password: \"nothing\") { accessToken } }",
    "{ __schema { types { name fields { name args { name type { name ofType { name } } } } } } }",
    "{ users(first: 3) { nodes { id username } } groups { nodes { id } } auditLog(first: 1) { nodes { action before } } }",
    "{ ...A } fragment A on Query { ...B ...B } fragment B on Query { a: __typename b: me { ...C } } fragment C on User { id }",
];

const WORDS: &[&str] = &[
    "{",
    "}",
    "...",
    "... on AMR {",
    "fragment F on Query { ...F }",
    "$id",
    "$id: [ID!]! = [1]",
    "@skip(if: true)",
    "@deprecated",
    "\"\"\"",
    "\\u{1f916}",
    "__typename",
    "first: 1000000",
    "first: -1",
    "after: \"x\"",
    "{a: {b: [[[[1]]]]}}",
    "a: id",
    "null",
    "subscription",
    "#",
];

#[test]
fn fuzz_every_request_is_answered() {
    let runtime = Runtime::new().expect("a runtime");
    let _entered = runtime.enter();
    let mut stage = runtime.block_on(Stage::new());
    // The test may take longer than the lifetime of an access token.
    let by = &stage.administrator;
    let a_day = Duration::from_secs(86_400);
    stage.administrator.token = stage.stores.staff.token(&by.user, by.session, a_day);
    let stage = stage;
    let vehicle = runtime.block_on(stage.enabled_forklift("Lift"));
    let variables = any_json(&["id", "i", "more", "name", "type", "specification", "FORKLIFT"]);
    let documents = mutated_text(Seeds::of(DOCUMENTS).with_words(WORDS).with_words([&vehicle]));
    fuzz(
        "questions",
        (documents, variables),
        |(query, variables): (String, Value)| {
            let variables = match variables {
                Value::Object(fields) => Value::Object(fields),
                other => json!({"id": vehicle, "i": other}),
            };
            let (status, answer) =
                runtime.block_on(stage.post(&json!({"query": query, "variables": variables})));
            assert!(matches!(status, 200 | 400 | 429), "{status} {answer}");
            let errors = answer["errors"].as_array().map_or(&[][..], Vec::as_slice);
            for error in errors {
                let code = &error["extensions"]["code"];
                assert!(
                    code != "INTERNAL" && code != "UNAVAILABLE" && code != "UNAUTHENTICATED"
                        || query.contains("login"),
                    "{answer}"
                );
            }
            assert!(answer["data"].is_object() || !errors.is_empty(), "{answer}");
        },
    );
}
