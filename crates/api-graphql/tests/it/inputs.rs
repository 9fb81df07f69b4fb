//! Validation of inputs, which reports all violations at once.

use rstest::rstest;
use serde_json::{Value, json};

use crate::stage::Stage;

const CREATE: &str = "mutation($input: CreateVehicleInput!) {
    createVehicle(input: $input) { id ... on AMR { obstacleAvoidanceConfig } }
}";

const LITERAL: &str = r#"mutation {
    createVehicle(input: {
        name: "3000000000 # \" AMR", type: AMR, manufacturer: "Acme",
        specification: {maxSpeed: 1, maxLoad: LOAD, batteryCapacity: 960},
        amr: {
            lidarEnabled: true, cameraEnabled: true, ultrasonicEnabled: true, autonomyLevel: 3,
            obstacleAvoidanceConfig: CONFIG
        }
    }) { name specification { maxLoad } ... on AMR { obstacleAvoidanceConfig } }
}"#;

fn an_amr() -> Value {
    json!({
        "name": "AMR 1", "type": "AMR", "manufacturer": "Acme",
        "specification": {"maxSpeed": 1.5, "maxLoad": 100, "batteryCapacity": 960},
        "amr": {"lidarEnabled": true, "cameraEnabled": true, "ultrasonicEnabled": true, "autonomyLevel": 3},
    })
}

/// Returns the fields that an error names, with their messages.
pub(crate) fn fields(error: &Value) -> Vec<(&str, &str)> {
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{error}");
    let fields = error["extensions"]["fields"]
        .as_array()
        .expect("a list of fields");
    fields
        .iter()
        .map(|at| {
            (
                at["field"].as_str().expect("a text"),
                at["message"].as_str().expect("a text"),
            )
        })
        .collect()
}

#[tokio::test]
async fn every_invalid_field_of_a_new_vehicle_is_named() {
    let stage = Stage::new().await;
    let mut input = an_amr();
    input["name"] = json!("  ");
    input["manufacturer"] = json!("x".repeat(101));
    input["specification"] = json!({"maxSpeed": 0, "maxLoad": -1, "batteryCapacity": 960});
    input["amr"]["autonomyLevel"] = json!(6);
    input["amr"]["mapId"] = json!("");
    input["amr"]["obstacleAvoidanceConfig"] = json!([1]);
    let error = stage.error(CREATE, json!({"input": input})).await;
    assert_eq!(
        fields(&error),
        [
            ("name", "must not be empty"),
            ("manufacturer", "must have at most 100 characters, not 101"),
            ("specification.maxSpeed", "must be greater than 0 m/s"),
            ("specification.maxLoad", "must be at least 0 kg"),
            ("amr.autonomyLevel", "must be between 0 and 5"),
            ("amr.mapId", "must not be empty"),
            ("amr.obstacleAvoidanceConfig", "must be a JSON object"),
        ]
    );
}

#[rstest]
#[case::other(json!({"amr": null, "forklift": {}}), &["forklift", "amr"])]
#[case::both(json!({"agv": {"guideType": "WIRE"}}), &["agv"])]
#[case::none(json!({"amr": null}), &["amr"])]
#[case::all(json!({"agv": {"guideType": "WIRE"}, "oht": {"railId": ""}, "forklift": {}}), &["agv", "oht.railId", "oht", "forklift"])]
#[tokio::test]
async fn exactly_the_details_of_the_type_must_be_given(#[case] change: Value, #[case] expected: &[&str]) {
    let stage = Stage::new().await;
    let mut input = an_amr();
    input
        .as_object_mut()
        .expect("an object")
        .extend(change.as_object().expect("an object").clone());
    let error = stage.error(CREATE, json!({"input": input})).await;
    let named: Vec<_> = fields(&error).into_iter().map(|(field, _)| field).collect();
    assert_eq!(named, expected);
}

#[tokio::test]
async fn a_name_that_is_taken_is_a_conflict() {
    let stage = Stage::new().await;
    stage.data(CREATE, json!({"input": an_amr()})).await;
    let error = stage.error(CREATE, json!({"input": an_amr()})).await;
    assert_eq!(error["extensions"], json!({"code": "CONFLICT", "field": "name"}));
}

#[tokio::test]
async fn variables_of_the_wrong_type_are_bad_input_with_their_path() {
    let stage = Stage::new().await;
    let mut input = an_amr();
    input["amr"]["lidarEnabled"] = json!(null);
    input["colour"] = json!("red");
    let (status, answer) = stage
        .post(&json!({"query": CREATE, "variables": {"input": input}}))
        .await;
    assert_eq!(status, 200);
    let errors = answer["errors"].as_array().expect("errors");
    let mut named: Vec<_> = errors
        .iter()
        .flat_map(fields)
        .map(|(field, _)| field.to_owned())
        .collect();
    named.sort();
    assert_eq!(named, ["input.amr.lidarEnabled", "input.colour"]);

    let error = stage.error(CREATE, json!({})).await;
    assert_eq!(fields(&error), [("input", "must be given")]);
}

#[tokio::test]
async fn pages_are_checked() {
    let stage = Stage::new().await;
    let query = "query($page: Pagination) { vehicles(pagination: $page) { totalCount } }";
    let error = stage.error(query, json!({"page": {"first": 501}})).await;
    assert_eq!(
        fields(&error),
        [("pagination.first", "must be between 1 and 500")]
    );
    let error = stage.error(query, json!({"page": {"after": "?"}})).await;
    assert_eq!(
        fields(&error),
        [(
            "pagination.after",
            "must be a cursor from a page of the same list in the same order"
        )]
    );
}

#[tokio::test]
async fn an_id_must_be_a_uuid() {
    let stage = Stage::new().await;
    let error = stage.error("{ vehicle(id: \"seven\") { id } }", json!({})).await;
    assert_eq!(fields(&error).len(), 1);
    assert_eq!(fields(&error)[0].0, "id");
    let error = stage
        .error("{ vehiclePosition(vehicleId: 7) { x } }", json!({}))
        .await;
    assert_eq!(fields(&error)[0].0, "vehicleId");
}

#[tokio::test]
async fn json_is_accepted_as_a_literal() {
    let stage = Stage::new().await;
    let query = r#"mutation { # Größe
        createVehicle(input: {
            name: "Größe 🤖", type: AMR, manufacturer: "Acme",
            specification: {maxSpeed: 1.5, maxLoad: 100, batteryCapacity: 960},
            amr: {
                lidarEnabled: true, cameraEnabled: true, ultrasonicEnabled: true, autonomyLevel: 3,
                obstacleAvoidanceConfig: {a: [1, {b: "x\"y"}], c: null, d: 2.5, e: true}
            }
        }) { name ... on AMR { obstacleAvoidanceConfig } }
    }"#;
    let created = stage.data(query, json!({})).await;
    let expected = json!({
        "name": "Größe 🤖",
        "obstacleAvoidanceConfig": {"a": [1, {"b": "x\"y"}], "c": null, "d": 2.5, "e": true},
    });
    assert_eq!(created["createVehicle"], expected);
}

#[rstest]
#[case::fragment("mutation { ...F } fragment F on Mutation { FIELD }")]
#[case::fragment_first("fragment F on Mutation { FIELD } mutation { ...F }")]
#[case::inline_fragment("mutation { ... on Mutation { FIELD } }")]
#[case::inline_fragment_without_type("mutation { ... @include(if: true) { FIELD } }")]
#[case::nested_fragments(
    "mutation { ...F } fragment F on Mutation { ... { ...G } } fragment G on Mutation { FIELD }"
)]
#[case::default_value(
    "mutation($input: CreateVehicleInput! = INPUT) { createVehicle(input: $input) { RESULT } }"
)]
#[case::default_of_the_config(
    "mutation($config: JSON = {gain: [0.5]}) { createVehicle(input: CONFIGURED) { RESULT } }"
)]
#[tokio::test]
async fn json_literals_are_accepted_wherever_a_field_is_selected(#[case] query: &str) {
    let stage = Stage::new().await;
    let input = |config: &str| {
        r#"{
            name: "AGV 1", type: AGV, manufacturer: "Acme",
            specification: {maxSpeed: 1.5, maxLoad: 100, batteryCapacity: 960},
            agv: {guideType: WIRE, lineFollowingConfig: CONFIG}
        }"#
        .replace("CONFIG", config)
    };
    let query = query
        .replace("FIELD", "createVehicle(input: INPUT) { RESULT }")
        .replace("CONFIGURED", &input("$config"))
        .replace("INPUT", &input("{gain: [0.5]}"))
        .replace("RESULT", "... on AGV { lineFollowingConfig }");
    assert_eq!(
        stage.data(&query, json!({})).await,
        json!({"createVehicle": {"lineFollowingConfig": {"gain": [0.5]}}})
    );
}

#[tokio::test]
async fn a_variable_has_the_type_that_the_executed_operation_declares() {
    let stage = Stage::new().await;
    let query = r#"
        mutation Create($x: JSON) { createVehicle(input: {
            name: "AGV 1", type: AGV, manufacturer: "Acme",
            specification: {maxSpeed: 1.5, maxLoad: 100, batteryCapacity: 960},
            agv: {guideType: WIRE, lineFollowingConfig: $x}
        }) { id } }
        query Search($x: String) { vehicles(filter: {search: $x}) { totalCount } }"#;
    let body = json!({"query": query, "operationName": "Search", "variables": {"x": {"a": 1}}});
    let (_, answer) = stage.post(&body).await;
    assert_eq!(fields(&answer["errors"][0])[0].0, "x", "{answer}");
}

#[tokio::test]
async fn a_string_is_not_a_json_object_whatever_its_prefix() {
    let stage = Stage::new().await;
    let text = r#"data:application/json,{"a":1}"#;
    let mut input = an_amr();
    input["amr"]["obstacleAvoidanceConfig"] = json!(text);
    let variable = stage.error(CREATE, json!({"input": input})).await;
    let query = LITERAL
        .replace("LOAD", "1")
        .replace("CONFIG", &json!(text).to_string());
    let literal = stage.error(&query, Value::Null).await;
    for error in [variable, literal] {
        assert_eq!(
            fields(&error),
            [("amr.obstacleAvoidanceConfig", "must be a JSON object")]
        );
    }
}

#[tokio::test]
async fn json_settings_have_at_most_16_kib() {
    let stage = Stage::new().await;
    let mut input = an_amr();
    input["amr"]["obstacleAvoidanceConfig"] = json!({"x": "a".repeat(16 * 1024)});
    let error = stage.error(CREATE, json!({"input": input})).await;
    assert_eq!(fields(&error)[0].0, "amr.obstacleAvoidanceConfig");
}

#[rstest]
#[case::enum_value(
    "{ vehiclesByType(type: SUBMARINE) { id } }",
    "GRAPHQL_VALIDATION_FAILED",
    None
)]
#[case::enum_text("{ vehiclesByType(type: \"AMR\") { id } }", "GRAPHQL_VALIDATION_FAILED", None)]
#[case::field_twice(
    "{ vehicles(pagination: {first: 1, first: 2}) { totalCount } }",
    "GRAPHQL_VALIDATION_FAILED",
    Some("There can only be one input field named \"first\"")
)]
#[case::argument_twice(
    "{ vehicle(id: \"a\", id: \"b\") { id } }",
    "GRAPHQL_VALIDATION_FAILED",
    Some("There can only be one argument named \"id\"")
)]
#[case::unknown_field(
    "{ vehicles(filter: {colour: 1}) { totalCount } }",
    "GRAPHQL_VALIDATION_FAILED",
    None
)]
#[case::too_large_a_number(
    "{ vehicles(pagination: {first: 3000000000}) { totalCount } }",
    "GRAPHQL_VALIDATION_FAILED",
    None
)]
#[case::negative(
    "{ vehicles(pagination: {first: -1}) { totalCount } }",
    "BAD_USER_INPUT",
    None
)]
#[case::no_uuid(
    "{ vehicle(id: \"0190a5f27c1e7d549a3b2f6c8e1d4b70\") { id } }",
    "BAD_USER_INPUT",
    None
)]
#[case::nul(
    "{ vehicles(filter: {search: \"a\\u0000\"}) { totalCount } }",
    "BAD_USER_INPUT",
    None
)]
#[tokio::test]
async fn invalid_literals_are_rejected(
    #[case] query: &str,
    #[case] code: &str,
    #[case] message: Option<&str>,
) {
    let stage = Stage::new().await;
    let (_, answer) = stage.post(&json!({"query": query})).await;
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], code, "{answer}");
    if let Some(message) = message {
        assert_eq!(error["message"], message);
    }
}

#[rstest]
#[case::key_twice("{a: {gain: 1, gain: 2}}")]
#[case::variable("{a: [$gain]}")]
#[case::enum_value("{a: HIGH}")]
#[tokio::test]
async fn a_literal_that_is_not_json_is_rejected(#[case] config: &str) {
    let stage = Stage::new().await;
    let query = r#"mutation($gain: Int) { createVehicle(input: {
        name: "AGV 1", type: AGV, manufacturer: "Acme",
        specification: {maxSpeed: 1.5, maxLoad: 100, batteryCapacity: 960},
        agv: {guideType: WIRE, lineFollowingConfig: CONFIG}
    }) { id } }"#;
    let (status, answer) = stage
        .post(&json!({"query": query.replace("CONFIG", config)}))
        .await;
    let error = &answer["errors"][0];
    assert_eq!(
        (status, &error["extensions"]["code"]),
        (200, &json!("GRAPHQL_VALIDATION_FAILED"))
    );
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|message| message.contains("JSON")),
        "{error}"
    );
}

#[rstest]
#[case::over_long("name", json!("x".repeat(100_000)), "name")]
#[case::control_character("name", json!("a\u{1b}[31m"), "name")]
#[case::nul("manufacturer", json!("a\u{0}"), "manufacturer")]
#[case::negative("specification", json!({"maxSpeed": 1, "maxLoad": -5, "batteryCapacity": 1}), "specification.maxLoad")]
#[case::huge("specification", json!({"maxSpeed": f64::MAX, "maxLoad": 1, "batteryCapacity": 0}), "specification.batteryCapacity")]
#[case::enum_value("type", json!("SUBMARINE"), "input.type")]
#[case::small_letters("type", json!("amr"), "input.type")]
#[case::other_type("name", json!(7), "input.name")]
#[case::no_id("organizationId", json!("seven"), "organizationId")]
#[tokio::test]
async fn invalid_variables_are_named(#[case] field: &str, #[case] value: Value, #[case] named: &str) {
    let stage = Stage::new().await;
    let mut input = an_amr();
    input[field] = value;
    let error = stage.error(CREATE, json!({"input": input})).await;
    let violations = fields(&error);
    assert_eq!(
        violations.iter().map(|(field, _)| *field).collect::<Vec<_>>(),
        [named]
    );
    assert!(
        violations[0].1.len() < 200,
        "the message must not contain the value: {error}"
    );
}

#[tokio::test]
async fn integer_literals_may_have_more_than_32_bits() {
    let stage = Stage::new().await;
    let query = LITERAL.replace("LOAD", "3000000000").replace(
        "CONFIG",
        "{a: 2147483648, b: [-2147483649, {c: 9007199254740991}], d: 7}",
    );
    let created = stage.data(&query, Value::Null).await;
    let created = &created["createVehicle"];
    assert_eq!(created["name"], "3000000000 # \" AMR");
    assert_eq!(created["specification"]["maxLoad"].as_f64(), Some(3e9));
    assert_eq!(
        created["obstacleAvoidanceConfig"],
        json!({"a": 2_147_483_648.0, "b": [-2_147_483_649.0, {"c": 9_007_199_254_740_991.0}], "d": 7})
    );
    let error = stage
        .error("{ vehicles(first: 2147483648) { totalCount } }", Value::Null)
        .await;
    assert_eq!(
        error["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED",
        "{error}"
    );
    let message = error["message"].as_str().expect("a text");
    assert!(message.contains("first"), "{message}");
}

#[rstest]
#[case("1e400", "{}", "input.specification.maxLoad")]
#[case("1", "{a: 1e400}", "input.amr.obstacleAvoidanceConfig.a")]
#[case("1", "{a: [1, {b: -1e999}]}", "input.amr.obstacleAvoidanceConfig.a[1].b")]
#[case("1", "1e400", "input.amr.obstacleAvoidanceConfig")]
#[tokio::test]
async fn a_literal_beyond_the_range_of_a_double_is_rejected(
    #[case] load: &str,
    #[case] config: &str,
    #[case] field: &str,
) {
    let stage = Stage::new().await;
    let query = LITERAL.replace("LOAD", load).replace("CONFIG", config);
    let error = stage.error(&query, Value::Null).await;
    assert_eq!(fields(&error), [(field, "must not be a number beyond 1.8e308")]);
    let digits = "9".repeat(400);
    let query = format!("query($n: Float = {digits}) {{ __typename }}");
    let error = stage.error(&query, Value::Null).await;
    assert_eq!(fields(&error), [("n", "must not be a number beyond 1.8e308")]);
    assert_eq!(
        stage.data("{ vehicles { totalCount } }", Value::Null).await["vehicles"]["totalCount"],
        0
    );
}
