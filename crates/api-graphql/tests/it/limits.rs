//! Limits on documents and requests.

use std::{sync::Arc, time::Duration};

use api_graphql::GraphqlOptions;
use rstest::rstest;
use serde_json::json;

use crate::{probe::Probe, stage::Stage};

/// First query of GraphiQL, in which `ofType` is nested nine levels deep.
const INTROSPECTION: &str = "query IntrospectionQuery {
    __schema {
        description
        queryType { name kind } mutationType { name kind } subscriptionType { name kind }
        types { ...FullType }
        directives { name description locations isRepeatable args(includeDeprecated: true) { ...InputValue } }
    }
}
fragment FullType on __Type {
    kind name description specifiedByURL
    fields(includeDeprecated: true) {
        name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef }
        isDeprecated deprecationReason
    }
    inputFields(includeDeprecated: true) { ...InputValue }
    interfaces { ...TypeRef }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue {
    name description type { ...TypeRef } defaultValue isDeprecated deprecationReason
}
fragment TypeRef on __Type {
    kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
        ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } }
}";

#[rstest]
#[case("{ vehicles { nodes { id } } }", 3, true)]
#[case("{ vehicles { nodes { id } } }", 2, false)]
#[case(
    "{ vehicles { ...F } } fragment F on VehicleConnection { edges { node { specification { maxSpeed } } } }",
    4,
    false
)]
#[case(
    "{ vehicles { ...F } } fragment F on VehicleConnection { edges { node { specification { maxSpeed } } } }",
    5,
    true
)]
#[case(INTROSPECTION, 1, true)]
#[tokio::test]
async fn the_depth_of_documents_is_limited(
    #[case] query: &str,
    #[case] max_depth: usize,
    #[case] is_fine: bool,
) {
    let stage = Stage::with(GraphqlOptions {
        max_depth,
        ..GraphqlOptions::default()
    })
    .await;
    let (status, answer) = stage.post(&json!({"query": query})).await;
    if is_fine {
        assert_eq!((status, answer.get("errors")), (200, None));
    } else {
        assert_eq!(status, 200);
        assert_eq!(answer["errors"][0]["extensions"]["code"], "QUERY_TOO_COMPLEX");
    }
}

#[tokio::test]
async fn a_large_number_of_fields_is_too_complex() {
    let stage = Stage::new().await;
    let query = format!("{{ {} }}", "__typename ".repeat(20_000));
    assert_eq!(
        stage.error(&query, json!({})).await["extensions"]["code"],
        "QUERY_TOO_COMPLEX"
    );
    let doubling: String = (0..20)
        .map(|n| format!("fragment F{n} on Query {{ ...F{0} ...F{0} }} ", n + 1))
        .collect();
    let query = format!("{{ ...F0 }} {doubling} fragment F20 on Query {{ __typename }}");
    assert_eq!(
        stage.error(&query, json!({})).await["extensions"]["code"],
        "QUERY_TOO_COMPLEX"
    );
}

#[rstest]
#[case(1_000)]
#[case(7_000)]
#[tokio::test]
async fn nesting_does_not_overflow_the_stack(#[case] deep: usize) {
    let stage = Stage::new().await;
    let chain: String = (0..deep / 5)
        .map(|n| format!("fragment F{n} on Query {{ ...F{0} }} ", n + 1))
        .collect();
    for query in [
        format!("{}{}", "{a".repeat(deep), "}".repeat(deep)),
        format!("{{ a(b: {}1{}) }}", "[".repeat(deep), "]".repeat(deep)),
        format!(
            "{{ ...F0 }} {chain} fragment F{} on Query {{ __typename }}",
            deep / 5
        ),
    ] {
        assert_eq!(
            stage.error(&query, json!({})).await["extensions"]["code"],
            "QUERY_TOO_COMPLEX"
        );
    }
}

const IDS: &str = "query($first: Int, $page: Pagination) { vehicles(pagination: PAGE) { nodes { id } } }";

/// The expected cost is 1 for `vehicles`, and 2 for `nodes` and `id` in each item.
#[rstest]
#[case::default_page("{first: $first}", json!({}), 101)]
#[case::variable("{first: $first}", json!({"first": 7}), 15)]
#[case::whole_variable("$page", json!({"page": {"first": 3}}), 7)]
#[case::literal("{first: 10}", json!({"first": 500}), 21)]
#[case::beyond_the_longest_page("{first: $first}", json!({"first": 2_000_000_000}), 1_001)]
#[case::negative("{first: $first}", json!({"first": -5}), 3)]
#[case::null("null", json!({}), 101)]
#[tokio::test]
async fn the_cost_of_a_page_depends_on_its_length(
    #[case] page: &str,
    #[case] variables: serde_json::Value,
    #[case] cost: usize,
) {
    check_cost(&IDS.replace("PAGE", page), variables, cost).await;
}

#[rstest]
#[case::fields("{ vehicle(id: \"x\") { id name specification { maxSpeed } } }", 5)]
#[case::whole_lists("{ vehiclesByType(type: AMR) { id } enabledVehicles { id name } }", 302)]
#[case::groups("{ vehicle(id: \"x\") { groups { id name } } }", 12)]
#[case::page_of_groups("{ groups(pagination: {first: 2}) { nodes { id } totalCount } }", 7)]
#[case::first("{ vehicles(first: 3) { nodes { id } } }", 7)]
#[case::last("{ vehicles(last: 3.0) { nodes { id } } }", 7)]
#[case::the_longer_page("{ vehicles(first: 3, last: 9) { nodes { id } } }", 19)]
#[case::nested("{ vehicles(pagination: {first: 10}) { nodes { groups { id } } } }", 71)]
#[case::default_of_a_variable(
    "query($first: Int = 4) { vehicles(pagination: {first: $first}) { totalCount } }",
    5
)]
#[case::fragment_where_it_is_used(
    "{ a: vehicles(pagination: {first: 1}) { ...F } b: vehicles(pagination: {first: 3}) { ...F } }
     fragment F on VehicleConnection { nodes { ...G ... on Forklift { liftHeight } } }
     fragment G on Vehicle { groups { id } }",
    34
)]
#[case::introspection(
    "{ __typename __schema { types { name fields { name } } } vehicle(id: \"x\") { __typename } }",
    1
)]
#[case::nodes(
    "query($ids: [ID!]! = [\"x\", \"y\"]) { nodes(ids: $ids) { id } node(id: \"x\") { id } }",
    7
)]
#[case::several(
    "mutation { deleteVehicles(ids: [\"x\", \"y\", \"z\"]) { deletedVehicleIds } }",
    7
)]
#[case::mutation("mutation { enableVehicle(id: \"x\") { id mapping { redisKey } } }", 4)]
#[tokio::test]
async fn the_cost_of_an_operation_depends_on_its_selection(#[case] query: &str, #[case] cost: usize) {
    check_cost(query, json!({}), cost).await;
}

/// Checks that the cost is exactly `cost`: the query is accepted with that limit, and rejected with a lower one.
async fn check_cost(query: &str, variables: serde_json::Value, cost: usize) {
    for (max_complexity, is_fine) in [(cost, true), (cost - 1, false)] {
        let stage = Stage::with(GraphqlOptions {
            max_complexity,
            ..GraphqlOptions::default()
        })
        .await;
        let (_, answer) = stage.post(&json!({"query": query, "variables": variables})).await;
        let error = &answer["errors"][0];
        let is_refused = error["extensions"]["code"] == "QUERY_TOO_COMPLEX";
        assert_eq!(!is_refused, is_fine, "{max_complexity}: {answer}");
        if is_refused {
            let message = format!(
                "the query costs {cost}, but at most {max_complexity} is allowed: request fewer fields or smaller pages"
            );
            assert_eq!(error["message"], json!(message));
        }
    }
}

/// Each fragment is measured once, no matter how often it is used.
#[tokio::test]
async fn nested_fragments_are_measured_quickly() {
    let stage = Stage::new().await;
    let bombs: String = (0..50)
        .map(|n| format!("fragment F{n} on Query {{ ...F{0} ...F{0} ...F{0} }} ", n + 1))
        .collect();
    let page = "fragment F50 on Query { vehicles(pagination: {first: 500}) { nodes { id } } }";
    let cycle = "{ ...A } fragment A on Query { ...B ...B } fragment B on Query { ...A ...A vehicles { totalCount } }";
    for (query, code) in [
        (format!("{{ ...F0 }} {bombs} {page}"), "QUERY_TOO_COMPLEX"),
        (cycle.to_owned(), "GRAPHQL_VALIDATION_FAILED"),
    ] {
        let started = std::time::Instant::now();
        let (status, answer) = stage.post(&json!({"query": query})).await;
        assert_eq!(
            (status, &answer["errors"][0]["extensions"]["code"]),
            (200, &json!(code))
        );
        assert!(started.elapsed().as_secs() < 2);
    }
}

/// Types have fields, which have types, and so on indefinitely.
#[tokio::test]
async fn nested_introspection_is_too_complex() {
    let stage = Stage::new().await;
    let nested = |times: usize| {
        let open = "fields { name type { ".repeat(times);
        format!(
            "{{ __schema {{ types {{ {open} name {} }} }} }}",
            "} }".repeat(times)
        )
    };
    let (status, _) = stage.post(&json!({"query": nested(2)})).await;
    assert_eq!(status, 200);
    let error = stage.error(&nested(5), json!({})).await;
    assert_eq!(error["extensions"]["code"], "QUERY_TOO_COMPLEX");
}

/// Juniper compares each fragment with every other, so their number is limited.
#[tokio::test]
async fn a_document_has_at_most_100_fragments() {
    let stage = Stage::new().await;
    for (fragments, is_fine) in [(100, true), (101, false)] {
        let spreads: String = (0..fragments).map(|n| format!("...F{n} ")).collect();
        let definitions: String = (0..fragments)
            .map(|n| format!("fragment F{n} on Query {{ __typename }} "))
            .collect();
        let (status, answer) = stage
            .post(&json!({"query": format!("{{ {spreads} }} {definitions}")}))
            .await;
        let code = answer["errors"][0]["extensions"]["code"].as_str();
        assert_eq!((status, code), (200, (!is_fine).then_some("QUERY_TOO_COMPLEX")));
    }
}

#[tokio::test]
async fn the_number_of_errors_of_a_document_is_limited() {
    let stage = Stage::new().await;
    let query = format!("{{ {} }}", "nonsense ".repeat(5_000));
    let (_, answer) = stage.post(&json!({"query": query})).await;
    assert_eq!(answer["errors"].as_array().map(Vec::len), Some(100));
}

#[tokio::test]
async fn the_number_of_aliases_is_limited() {
    let stage = Stage::with(GraphqlOptions {
        max_aliases: 3,
        ..GraphqlOptions::default()
    })
    .await;
    let fine = "{ a: __typename enabledVehicles { b: id } ...F } fragment F on Query { c: __typename }";
    stage.data(fine, json!({})).await;
    let error = stage
        .error(&fine.replace("{ a:", "{ d: __typename a:"), json!({}))
        .await;
    assert_eq!(error["extensions"]["code"], "QUERY_TOO_COMPLEX");
    assert_eq!(
        error["message"],
        "the query has 4 aliases, but at most 3 are allowed"
    );
}

#[tokio::test]
async fn the_duration_of_a_request_is_limited() {
    let probe = Arc::new(Probe::default());
    let options = GraphqlOptions {
        timeout: Duration::from_millis(50),
        ..GraphqlOptions::default()
    };
    let stage = Stage::on(options, probe.stores()).await;
    let id = stage.forklift("Lift 1").await;
    probe.dawdle(Duration::from_secs(3_600));
    let enable =
        json!({"query": "mutation($id: ID!) { enableVehicle(id: $id) { id } }", "variables": {"id": id}});
    for body in [json!({"query": "{ enabledVehicles { id } }"}), enable] {
        let request = stage.client.post(stage.url()).json(&body);
        let response = request.send().await.expect("the server answers");
        assert_eq!(
            (response.status().as_u16(), &response.headers()["retry-after"]),
            (503, &"1".parse().expect("a value"))
        );
        let answer: serde_json::Value = response.json().await.expect("the answer is JSON");
        let error = json!({
            "message": "the request took longer than 50ms and was aborted",
            "extensions": {"code": "UNAVAILABLE", "retryAfterMs": 1000},
        });
        assert_eq!(answer["errors"], json!([error]));
    }
    stage.data("{ vehicles { totalCount } }", json!({})).await;
}

/// Query for the whole schema, as sent by graphql-js for code generators and GraphiQL.
const WHOLE_SCHEMA: &str = "query IntrospectionQuery {
    __schema {
        description queryType { name kind } mutationType { name kind } subscriptionType { name kind }
        types { ...FullType }
        directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } }
    }
}
fragment FullType on __Type {
    kind name description specifiedByURL
    fields(includeDeprecated: true) {
        name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason
    }
    inputFields(includeDeprecated: true) { ...InputValue }
    interfaces { ...TypeRef }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue {
    name description type { ...TypeRef } defaultValue isDeprecated deprecationReason
}
fragment TypeRef on __Type {
    kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType {
        kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } }
}";

/// Maximum size of an answer with introspection.
const MEBIBYTE: usize = 1024 * 1024;

async fn text_of(client: &reqwest::Client, stage: &Stage, body: &serde_json::Value) -> String {
    let request = client.post(stage.url()).json(body);
    let response = request.send().await.expect("the server answers");
    response.text().await.expect("a text")
}

#[tokio::test]
async fn the_whole_schema_can_be_queried_without_a_token() {
    let stage = Stage::new().await;
    let visitor = reqwest::Client::new();
    let text = text_of(&visitor, &stage, &json!({"query": WHOLE_SCHEMA})).await;
    let answer: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(answer.get("errors"), None, "{}", answer["errors"]);
    assert!(
        text.len() < MEBIBYTE * 3 / 4,
        "{} bytes are close to the limit",
        text.len()
    );
    let calls = answer["extensions"]["cost"]["requested"]
        .as_u64()
        .expect("a number");
    assert!((10..60).contains(&calls), "{calls}");
}

#[tokio::test]
async fn the_size_of_introspection_answers_is_limited() {
    let stage = Stage::new().await;
    let many =
        |count: usize, field: &str| -> String { (0..count).map(|n| format!(" a{n}: {field}")).collect() };
    let fields = "{ name fields { name description args { name description } type { name } } }";
    let vehicle = format!("__type(name: \"Vehicle\") {fields}");
    let aliases = json!({"query": format!("{{ {} }}", many(100, &vehicle))});
    let schemas = json!({"query": format!("{{ {} }}", many(100, "__schema { types { name description } }"))});
    let nested =
        "{ __schema { types { name description fields { name description type { name description fields {
        name description type { name description fields { name } } } } } } } }";
    let nested = json!({"query": nested});
    let one = json!({"query": WHOLE_SCHEMA});
    let batch = json!(vec![one; 10]);
    let fields_of_types = json!({"query": "{ __schema { types { description fields { description type { description fields { description } } } } } }"});
    let in_batch = json!(vec![fields_of_types.clone(); 10]);
    for body in [aliases, schemas, nested, batch, fields_of_types, in_batch] {
        let text = text_of(&stage.client, &stage, &body).await;
        assert!(text.len() <= MEBIBYTE + 4_096, "{} bytes for {body}", text.len());
        let answer: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let charged = |answer: &serde_json::Value| answer["extensions"]["cost"]["requested"].as_u64();
        let is_charged = match &answer {
            serde_json::Value::Array(answers) => answers.iter().all(|answer| charged(answer).is_some()),
            answer => charged(answer).is_some(),
        };
        assert!(is_charged, "{answer}");
    }
}

/// A configuration can take 16 KiB, so a hundred aliases of such a field, on a page of 500 vehicles, would add up to
/// hundreds of megabytes.
#[tokio::test]
async fn a_json_value_costs_more_than_another_field() {
    let stage = Stage::new().await;
    let page = |aliases: usize| {
        let configs: String = (0..aliases)
            .map(|n| format!(" c{n}: lineFollowingConfig"))
            .collect();
        format!("{{ vehicles(pagination: {{first: 500}}) {{ nodes {{ id ... on AGV {{ {configs} }} }} }} }}")
    };
    stage.data(&page(3), json!({})).await;
    let error = stage.error(&page(4), json!({})).await;
    assert_eq!(error["extensions"]["code"], "QUERY_TOO_COMPLEX");
}

#[tokio::test]
async fn introspection_can_be_disabled() {
    let stage = Stage::with(GraphqlOptions {
        introspection: false,
        ..GraphqlOptions::default()
    })
    .await;
    let error = stage
        .error("{ __schema { queryType { name } } }", json!({}))
        .await;
    assert_eq!(error["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(
        stage.data("{ __typename }", json!({})).await,
        json!({"__typename": "Query"})
    );
}
