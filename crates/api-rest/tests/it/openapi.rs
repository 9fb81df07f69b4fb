//! The API's own description.

use std::path::Path;

use actix_web::http::Method;
use serde_json::Value;

use crate::stage::Stage;

#[test]
fn the_document_in_the_documentation_is_the_one_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == api_rest::openapi(),
        "docs/openapi.json is out of date: run `just openapi`"
    );
}

#[actix_web::test]
async fn it_is_served_and_of_version_3_1() {
    let served = Stage::new().get("/api/openapi.json").await;
    assert_eq!(served.header("content-type"), "application/json");
    assert_eq!(served.text(), api_rest::openapi());
    assert!(
        served.json()["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3.1"))
    );
}

/// The operations with their paths and methods.
fn operations(document: &Value) -> Vec<(String, Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let of_path = |(path, item): (&String, &Value)| {
        let methods = item.as_object().expect("methods").clone();
        let path = path.clone();
        methods
            .into_iter()
            .map(move |(method, operation)| (format!("{method} {path}"), operation))
    };
    paths.iter().flat_map(of_path).collect()
}

#[test]
fn every_operation_is_described_and_declares_its_errors() {
    let document: Value = serde_json::from_str(api_rest::openapi()).expect("JSON");
    let operations = operations(&document);
    assert_eq!(operations.len(), 42);
    for (name, operation) in operations {
        for field in ["operationId", "summary", "tags"] {
            assert!(!operation[field].is_null(), "{name} has no {field}");
        }
        let responses = operation["responses"].as_object().expect("responses");
        for status in ["401", "422", "429", "500", "503"] {
            let schema = &responses[status]["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/Problem", "{name}: {status}");
        }
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{name}: {parameter}");
        }
    }
}

#[actix_web::test]
async fn swagger_ui_comes_from_this_server_alone() {
    let stage = Stage::new();
    let redirect = stage.get("/docs").await;
    assert_eq!(
        (redirect.status.as_u16(), redirect.header("location")),
        (308, "/docs/")
    );
    let page = stage.get("/docs/").await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("script-src 'self'") && !policy.contains("unsafe-eval"),
        "{policy}"
    );
    let html = page.text();
    assert!(!html.contains("http://") && !html.contains("https://"), "{html}");
    for asset in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-initializer.js"] {
        assert!(html.contains(asset), "{asset} in {html}");
        let file = stage.get(&format!("/docs/{asset}")).await;
        assert_eq!(file.status, 200, "{asset}");
        assert!(!file.body.is_empty(), "{asset}");
        let head = stage.ask(Method::HEAD, &format!("/docs/{asset}")).send().await;
        assert_eq!(head.status, 200, "HEAD of {asset}");
    }
    assert_eq!(stage.get("/docs/nothing.js").await.status, 404);
}
