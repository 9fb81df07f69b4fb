//! Relay connections, with forward and backward paging.

use rstest::rstest;
use serde_json::{Value, json};

use crate::{inputs::fields, stage::Stage};

const PAGE: &str = "query($first: Int, $after: String, $last: Int, $before: String) {
    vehicles(first: $first, after: $after, last: $last, before: $before) {
        edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}";

async fn a_fleet(size: usize) -> Stage {
    let stage = Stage::new().await;
    for number in 1..=size {
        stage.forklift(&format!("{number}")).await;
    }
    stage
}

/// Returns the names on a page, and whether there are items before and after it.
fn summary(page: &Value) -> (Vec<&str>, bool, bool) {
    let edges = page["edges"].as_array().expect("a list");
    let names = edges
        .iter()
        .map(|edge| edge["node"]["name"].as_str().expect("a name"));
    let info = &page["pageInfo"];
    let flag = |name: &str| info[name].as_bool().expect("a flag");
    let cursor = |edge: Option<&Value>| edge.map_or(json!(null), |edge| edge["cursor"].clone());
    assert_eq!(info["startCursor"], cursor(edges.first()));
    assert_eq!(info["endCursor"], cursor(edges.last()));
    (names.collect(), flag("hasPreviousPage"), flag("hasNextPage"))
}

#[tokio::test]
async fn vehicles_are_paged_forwards_and_backwards() {
    let stage = a_fleet(5).await;
    let all = stage.data(PAGE, json!({})).await["vehicles"].take();
    let cursor = |n: usize| all["edges"][n - 1]["cursor"].clone();
    for (arguments, expected) in [
        (json!({}), (vec!["1", "2", "3", "4", "5"], false, false)),
        (json!({"first": 2}), (vec!["1", "2"], false, true)),
        (
            json!({"first": 2, "after": cursor(2)}),
            (vec!["3", "4"], true, true),
        ),
        (json!({"first": 2, "after": cursor(4)}), (vec!["5"], true, false)),
        (json!({"first": 2, "after": cursor(5)}), (vec![], true, false)),
        (json!({"last": 2}), (vec!["4", "5"], true, false)),
        (
            json!({"last": 2, "before": cursor(4)}),
            (vec!["2", "3"], true, true),
        ),
        (json!({"last": 2, "before": cursor(2)}), (vec!["1"], false, true)),
        (
            json!({"last": 9, "after": cursor(1), "before": cursor(5)}),
            (vec!["2", "3", "4"], true, true),
        ),
        (
            json!({"first": 1, "after": cursor(1), "before": cursor(5)}),
            (vec!["2"], true, true),
        ),
        (
            json!({"last": 1, "after": cursor(1), "before": cursor(5)}),
            (vec!["4"], true, true),
        ),
    ] {
        let page = stage.data(PAGE, arguments.clone()).await["vehicles"].take();
        assert_eq!(summary(&page), expected, "{arguments}");
    }
}

#[rstest]
#[case("groups", "nodes { name }")]
#[case("organizations", "nodes { name }")]
#[case("users", "nodes { username }")]
#[case("grants", "nodes { id }")]
#[case("auditLog", "nodes { action }")]
#[tokio::test]
async fn every_list_takes_the_arguments_of_a_connection(#[case] list: &str, #[case] nodes: &str) {
    let stage = a_fleet(1).await;
    stage.group("Hall A").await;
    let page = "edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
    let backwards = stage
        .data(&format!("{{ {list}(last: 1) {{ {page} {nodes} }} }}"), json!({}))
        .await;
    let forwards = stage
        .data(
            &format!("{{ {list}(first: 500) {{ {page} {nodes} }} }}"),
            json!({}),
        )
        .await;
    let last = forwards[list]["edges"].as_array().expect("a list").last();
    assert_eq!(
        backwards[list]["edges"][0]["cursor"],
        last.map_or(json!(null), |edge| edge["cursor"].clone())
    );
    let query = format!("{{ {list}(first: 0, last: 501, after: \"x\", before: \"y\") {{ {page} }} }}");
    let error = stage.error(&query, json!({})).await;
    let named: Vec<_> = fields(&error).into_iter().map(|(field, _)| field).collect();
    assert_eq!(named, ["first", "last", "last", "after", "before"]);
}

#[rstest]
#[case("first: 1, last: 1", &["last"])]
#[case("first: 1, pagination: {first: 1}", &["pagination"])]
#[case("last: 1, pagination: {}", &["pagination"])]
#[case("before: \"\", pagination: {}", &["pagination"])]
#[case("last: -1", &["last"])]
#[tokio::test]
async fn invalid_page_arguments_are_rejected(#[case] arguments: &str, #[case] expected: &[&str]) {
    let stage = a_fleet(1).await;
    let error = stage
        .error(
            &format!("{{ vehicles({arguments}) {{ totalCount }} }}"),
            json!({}),
        )
        .await;
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT");
    let named: Vec<_> = fields(&error).into_iter().map(|(field, _)| field).collect();
    assert_eq!(named, expected);
}

#[tokio::test]
async fn an_empty_cursor_or_search_is_ignored() {
    let stage = a_fleet(2).await;
    for arguments in [
        "after: \"\"",
        "last: 50, before: \"\"",
        "pagination: {after: \"\"}",
        "filter: {search: \"\"}",
        "first: null, after: null, pagination: null",
    ] {
        let query = format!("{{ vehicles({arguments}) {{ nodes {{ name }} }} }}");
        let found = stage.data(&query, json!({})).await;
        assert_eq!(
            found["vehicles"]["nodes"],
            json!([{"name": "1"}, {"name": "2"}]),
            "{arguments}"
        );
    }
}

/// Programs whose numbers are all floats write integers this way.
#[tokio::test]
async fn a_float_with_an_integral_value_is_accepted_as_an_int() {
    let stage = a_fleet(3).await;
    let two = json!([{"name": "1"}, {"name": "2"}]);
    let literal = "query($n: Int = 2.0) { a: vehicles(first: 2.0) { nodes { name } } b: vehicles(first: $n) { nodes { name } } }";
    let found = stage.data(literal, json!({})).await;
    assert_eq!((&found["a"]["nodes"], &found["b"]["nodes"]), (&two, &two));
    let query = "query($first: Int, $page: Pagination) {
        a: vehicles(first: $first) { nodes { name } } b: vehicles(pagination: $page) { nodes { name } }
    }";
    let found = stage
        .data(query, json!({"first": 2.0, "page": {"first": 2.0}}))
        .await;
    assert_eq!((&found["a"]["nodes"], &found["b"]["nodes"]), (&two, &two));
    let (_, answer) = stage
        .post(&json!({"query": query, "variables": {"first": 2.5}}))
        .await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
}

/// Floats stay floats where the schema expects a `Float` or `JSON`.
#[tokio::test]
async fn other_numbers_are_not_changed() {
    let stage = Stage::new().await;
    let query = r#"mutation { createVehicle(input: {
        name: "AGV 1", type: AGV, manufacturer: "Acme",
        specification: {maxSpeed: 1.0, maxLoad: 100.0, batteryCapacity: 3e9},
        agv: {guideType: WIRE, lineFollowingConfig: {a: 2.0, b: [2.5, 3e9]}, maxLoadWeight: 0.5}
    }) { specification { maxSpeed maxLoad batteryCapacity } ... on AGV { lineFollowingConfig maxLoadWeight } } }"#;
    let created = stage.data(query, json!({})).await["createVehicle"].take();
    assert_eq!(
        created["specification"],
        json!({"maxSpeed": 1.0, "maxLoad": 100.0, "batteryCapacity": 3e9})
    );
    assert_eq!(created["lineFollowingConfig"], json!({"a": 2, "b": [2.5, 3e9]}));
    assert_eq!(created["maxLoadWeight"], 0.5);
}
