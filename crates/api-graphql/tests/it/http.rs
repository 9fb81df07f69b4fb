//! The endpoint `/graphql`.

use reqwest::{Method, header};
use rstest::rstest;
use serde_json::{Value, json};

use crate::{inputs::fields, stage::Stage};

async fn code_and_status(response: reqwest::Response) -> (u16, String) {
    let status = response.status().as_u16();
    let answer: Value = response.json().await.expect("the answer is JSON");
    (
        status,
        answer["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    )
}

#[rstest]
#[case::not_json("{ vehicles", 400, "BAD_USER_INPUT")]
#[case::nothing("", 400, "BAD_USER_INPUT")]
#[case::no_query(r#"{"variables": {}}"#, 400, "BAD_USER_INPUT")]
#[case::query_of_another_type(r#"{"query": 7}"#, 400, "BAD_USER_INPUT")]
#[case::blank(" \n", 400, "BAD_USER_INPUT")]
#[case::null("null", 400, "BAD_USER_INPUT")]
#[case::number("7", 400, "BAD_USER_INPUT")]
#[case::no_utf_8("{\"query\": \"\\ud800\"}", 400, "BAD_USER_INPUT")]
#[case::variables_in_a_list(r#"{"query": "{ __typename }", "variables": []}"#, 400, "BAD_USER_INPUT")]
#[case::no_graphql(r#"{"query": "{"}"#, 200, "GRAPHQL_PARSE_FAILED")]
#[case::empty_query(r#"{"query": ""}"#, 200, "GRAPHQL_PARSE_FAILED")]
#[case::unknown_field(r#"{"query": "{ nonsense }"}"#, 200, "GRAPHQL_VALIDATION_FAILED")]
#[case::unknown_operation(
    r#"{"query": "query A { __typename }", "operationName": "B"}"#,
    200,
    "BAD_USER_INPUT"
)]
#[case::several_operations(
    r#"{"query": "query A { __typename } query B { __typename }"}"#,
    200,
    "BAD_USER_INPUT"
)]
#[case::subscription(
    r#"{"query": "subscription { vehiclePositionUpdated { vehicleId } }"}"#,
    200,
    "BAD_USER_INPUT"
)]
#[tokio::test]
async fn a_malformed_request_is_400_but_an_invalid_document_is_not(
    #[case] body: &'static str,
    #[case] status: u16,
    #[case] code: &str,
) {
    let stage = Stage::new().await;
    let request = stage
        .client
        .post(stage.url())
        .header(header::CONTENT_TYPE, "application/json")
        .body(body);
    let newer = request.try_clone().expect("the body is a text");
    let response = request.send().await.expect("the server answers");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    assert_eq!(code_and_status(response).await, (status, code.to_owned()));
    // With the newer media type, the status reports the error too.
    let newer = newer.header(header::ACCEPT, "application/graphql-response+json");
    let response = newer.send().await.expect("the server answers");
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "application/graphql-response+json"
    );
    assert_eq!(code_and_status(response).await, (400, code.to_owned()));
}

#[rstest]
#[case::graphql(Method::PUT, "", "GET, POST")]
#[case::graphql_deleted(Method::DELETE, "", "GET, POST")]
#[case::socket(Method::POST, "/ws", "GET")]
#[tokio::test]
async fn other_methods_are_answered_with_a_graphql_error(
    #[case] method: Method,
    #[case] path: &str,
    #[case] allowed: &str,
) {
    let stage = Stage::new().await;
    let url = format!("{}{path}", stage.url());
    let response = stage.client.request(method, url).send().await;
    let response = response.expect("the server answers");
    assert_eq!(response.headers()[header::ALLOW], allowed);
    assert_eq!(
        code_and_status(response).await,
        (405, "BAD_USER_INPUT".to_owned())
    );
}

#[rstest]
#[case::json("application/json", 200)]
#[case::json_with_charset("Application/JSON; charset=utf-8", 200)]
#[case::form("application/x-www-form-urlencoded", 415)]
#[case::text("text/plain", 415)]
#[tokio::test]
async fn a_body_must_be_json(#[case] content_type: &str, #[case] status: u16) {
    let stage = Stage::new().await;
    let body = r#"{"query": "{ __typename }"}"#;
    let request = stage
        .client
        .post(stage.url())
        .header(header::CONTENT_TYPE, content_type)
        .body(body);
    assert_eq!(
        request
            .send()
            .await
            .expect("the server answers")
            .status()
            .as_u16(),
        status
    );
    let untyped = stage
        .client
        .post(stage.url())
        .body(body)
        .send()
        .await
        .expect("the server answers");
    assert_eq!(untyped.status().as_u16(), 415);
}

#[tokio::test]
async fn a_body_has_at_most_a_mebibyte() {
    let stage = Stage::new().await;
    let of_size = |bytes: usize| {
        let (head, tail) = (r#"{"query": "{ __typename }", "extensions": {"x": ""#, r#""}}"#);
        format!("{head}{}{tail}", "x".repeat(bytes - head.len() - tail.len()))
    };
    for (bytes, status) in [(1 << 20, 200), ((1 << 20) + 1, 413), (10 << 20, 413)] {
        let request = stage
            .client
            .post(stage.url())
            .header(header::CONTENT_TYPE, "application/json");
        let response = request
            .body(of_size(bytes))
            .send()
            .await
            .expect("the server answers");
        assert_eq!(response.status().as_u16(), status);
    }
}

#[tokio::test]
async fn fields_are_returned_in_the_order_of_the_selection() {
    let stage = Stage::new().await;
    let query = json!({"query": "{ z: __typename a: __typename m: enabledVehicles { id } }"});
    let response = stage
        .client
        .post(stage.url())
        .json(&query)
        .send()
        .await
        .expect("the server answers");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    let text = response.text().await.expect("a text");
    let data = r#"{"data":{"z":"Query","a":"Query","m":[]},"#;
    assert!(text.starts_with(data), "{text}");
}

#[tokio::test]
async fn the_newer_media_type_is_used_if_it_is_preferred() {
    let stage = Stage::new().await;
    let accept = "application/graphql-response+json, application/json;q=0.9";
    let request = stage.client.post(stage.url()).header(header::ACCEPT, accept);
    let response = request
        .json(&json!({"query": "{ __typename }"}))
        .send()
        .await
        .expect("the server answers");
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "application/graphql-response+json"
    );
}

#[tokio::test]
async fn queries_can_be_sent_by_get() {
    let stage = Stage::new().await;
    let id = stage.forklift("Größe 1").await;
    let parameters = [
        (
            "query",
            "query Other { __typename } query One($id: ID!) { vehicle(id: $id) { name } }",
        ),
        ("operationName", "One"),
        ("variables", &json!({"id": id}).to_string()),
    ];
    let response = stage
        .client
        .get(with_parameters(&stage.url(), &parameters))
        .send()
        .await
        .expect("the server answers");
    let answer: Value = response.json().await.expect("the answer is JSON");
    assert_eq!(answer["data"], json!({"vehicle": {"name": "Größe 1"}}));

    let empty = [
        ("query", "{ __typename }"),
        ("operationName", ""),
        ("variables", ""),
    ];
    let response = stage
        .client
        .get(with_parameters(&stage.url(), &empty))
        .send()
        .await
        .expect("the server answers");
    assert_eq!(response.status().as_u16(), 200);
}

#[rstest]
#[case::no_query(&[], 400)]
#[case::variables_no_json(&[("query", "{ __typename }"), ("variables", "xx")], 400)]
#[case::variables_no_object(&[("query", "{ __typename }"), ("variables", "[]")], 400)]
#[case::mutation(&[("query", "mutation { deleteVehicle(id: \"x\") }")], 405)]
#[case::subscription(&[("query", "subscription { vehiclePositionUpdated { vehicleId } }")], 200)]
#[tokio::test]
async fn other_requests_by_get_are_rejected(#[case] parameters: &[(&str, &str)], #[case] status: u16) {
    let stage = Stage::new().await;
    let response = stage
        .client
        .get(with_parameters(&stage.url(), parameters))
        .send()
        .await
        .expect("the server answers");
    if status == 405 {
        assert_eq!(response.headers()[header::ALLOW], "POST");
    }
    assert_eq!(
        code_and_status(response).await,
        (status, "BAD_USER_INPUT".to_owned())
    );
}

#[rstest]
#[case(r#"{"query": "{ a }", "query": "{ __typename }"}"#, "query")]
#[case(
    r#"{"query": "{ __typename }", "variables": {"id": 1, "id": 2}}"#,
    "variables.id"
)]
#[case(
    r#"{"query": "{ __typename }", "variables": {"in": [{"amr": {"a": 1, "a": 1}}]}}"#,
    "variables.in[0].amr.a"
)]
#[case(
    r#"{"query": "{ __typename }", "extensions": {"a": {}, "a": {}}}"#,
    "extensions.a"
)]
#[case(
    r#"[{"query": "{ __typename }"}, {"query": "", "query": "{ __typename }"}]"#,
    "[1].query"
)]
#[tokio::test]
async fn a_duplicate_key_is_named_with_its_path(#[case] body: &'static str, #[case] path: &str) {
    let stage = Stage::new().await;
    let request = stage
        .client
        .post(stage.url())
        .header(header::CONTENT_TYPE, "application/json");
    let response = request.body(body).send().await.expect("the server answers");
    assert_eq!(response.status().as_u16(), 400);
    let answer: Value = response.json().await.expect("the answer is JSON");
    assert_eq!(fields(&answer["errors"][0]), [(path, "must be given only once")]);
}

#[tokio::test]
async fn a_duplicate_key_in_a_url_parameter_is_named_with_its_path() {
    let stage = Stage::new().await;
    let parameters = [("query", "{ __typename }"), ("variables", r#"{"a": 1, "a": 2}"#)];
    let url = with_parameters(&stage.url(), &parameters);
    let response = stage.client.get(url).send().await.expect("the server answers");
    let answer: Value = response.json().await.expect("the answer is JSON");
    assert_eq!(fields(&answer["errors"][0])[0].0, "variables.a");
}

/// Returns a URL with encoded parameters.
pub(crate) fn with_parameters(url: &str, parameters: &[(&str, &str)]) -> String {
    let encode = |text: &str| {
        text.bytes()
            .map(|byte| format!("%{byte:02x}"))
            .collect::<String>()
    };
    let pairs: Vec<_> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    format!("{url}?{}", pairs.join("&"))
}

#[rstest]
#[case(r#"{"query": 5}"#, "query", "must be a string")]
#[case(
    r#"{"query": "{ me { id } }", "operationName": []}"#,
    "operationName",
    "must be a string"
)]
#[case(
    r#"{"query": "{ me { id } }", "variables": 5}"#,
    "variables",
    "must be a JSON object"
)]
#[case(
    r#"{"query": "{ me { id } }", "variables": {"a": {"b": [1e400]}}}"#,
    "variables.a.b[0]",
    "must not be a number beyond 1.8e308"
)]
#[case(
    r#"{"query": "{ me { id } }", "extensions": 5}"#,
    "extensions",
    "must be a JSON object"
)]
#[case(
    r#"{"extensions": {"persistedQuery": 5}}"#,
    "extensions.persistedQuery",
    "must be a JSON object"
)]
#[case(
    r#"{"extensions": {"persistedQuery": {"version": "1"}}}"#,
    "extensions.persistedQuery.version",
    "must be 1"
)]
#[case(
    r#"{"extensions": {"persistedQuery": {"version": 1}}}"#,
    "extensions.persistedQuery.sha256Hash",
    "must have 64 hexadecimal digits"
)]
#[case("null", "body", "must be a GraphQL request: a JSON object")]
#[case("5", "body", "must be a GraphQL request: a JSON object")]
#[case(
    r#"[{"query": "{ me { id } }"}, null]"#,
    "[1]",
    "must be a GraphQL request: a JSON object"
)]
#[case(r#"[{"query": 5}]"#, "[0].query", "must be a string")]
#[tokio::test]
async fn an_invalid_field_of_a_request_is_named(
    #[case] body: &'static str,
    #[case] field: &str,
    #[case] message: &str,
) {
    let stage = Stage::new().await;
    let request = stage
        .client
        .post(stage.url())
        .header(header::CONTENT_TYPE, "application/json")
        .body(body);
    let response = request.send().await.expect("the server answers");
    let answer: Value = response.json().await.expect("the answer is JSON");
    assert_eq!(fields(&answer["errors"][0]), [(field, message)], "{answer}");
}

#[rstest]
#[case("query=%ff", "query", "must be UTF-8")]
#[case("query=%7Bme%7Bid%7D%7D&operationName=%C3", "operationName", "must be UTF-8")]
#[case("query=%7Bme%7Bid%7D%7D&query=x", "query", "must not be repeated")]
#[case("query=%7Bme%7Bid%7D%7D&extensions=5", "extensions", "must be a JSON object")]
#[case(
    "query=%7Bme%7Bid%7D%7D&variables=%7B%22a%22%3A1e400%7D",
    "variables.a",
    "must not be a number beyond 1.8e308"
)]
#[tokio::test]
async fn an_invalid_url_parameter_is_named(#[case] query: &str, #[case] field: &str, #[case] message: &str) {
    let stage = Stage::new().await;
    let response = stage.client.get(format!("{}?{query}", stage.url())).send().await;
    let answer: Value = response
        .expect("the server answers")
        .json()
        .await
        .expect("the answer is JSON");
    assert_eq!(fields(&answer["errors"][0]), [(field, message)], "{answer}");
}

/// These requests are rejected before they are charged.
#[tokio::test]
async fn a_request_that_was_not_charged_reports_no_cost() {
    let stage = Stage::new().await;
    for (method, path, accept, status) in [
        (Method::PUT, "", "*/*", 405),
        (Method::DELETE, "", "*/*", 405),
        (Method::POST, "/stream", "application/json", 406),
        (Method::GET, "/stream", "application/json", 406),
    ] {
        let request = stage
            .client
            .request(method.clone(), format!("{}{path}", stage.url()))
            .header(header::ACCEPT, accept);
        let response = request.send().await.expect("the server answers");
        assert_eq!(response.status(), status, "{method} {path}");
        let answer: Value = response.json().await.expect("the answer is JSON");
        assert_eq!(answer.get("extensions"), None, "{method} {path}: {answer}");
    }
}
