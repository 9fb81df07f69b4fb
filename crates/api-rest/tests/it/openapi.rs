//! The OpenAPI document and Swagger UI.

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
async fn the_document_is_served_and_is_openapi_3_1() {
    let served = Stage::new().get("/api/openapi.json").await;
    assert_eq!(served.header("content-type"), "application/json");
    assert_eq!(served.text(), api_rest::openapi());
    assert!(
        served.json()["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3.1"))
    );
}

/// Returns the operations, each with its method and path.
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

fn resolved<'a>(document: &'a Value, part: &'a Value) -> &'a Value {
    match part["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).expect(reference),
        None => part,
    }
}

#[test]
fn every_operation_is_described_and_declares_its_errors() {
    let document: Value = serde_json::from_str(api_rest::openapi()).expect("JSON");
    let operations = operations(&document);
    assert_eq!(operations.len(), 54);
    for (name, operation) in operations {
        for field in ["operationId", "summary", "tags"] {
            assert!(!operation[field].is_null(), "{name} has no {field}");
        }
        let responses = operation["responses"].as_object().expect("responses");
        for status in ["401", "422", "429", "500", "503"] {
            let response = resolved(&document, &responses[status]);
            let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/Problem", "{name}: {status}");
            let headers = response["headers"].as_object().expect("headers");
            for described in headers.values() {
                let header = resolved(&document, described)["description"].is_string();
                assert!(header, "{name}: {status}: {described}");
            }
            let is_later = ["429", "503"].contains(&status);
            assert_eq!(headers.contains_key("retry-after"), is_later, "{name}: {status}");
        }
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{name}: {parameter}");
        }
    }
}

#[actix_web::test]
async fn swagger_ui_loads_nothing_from_other_servers() {
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

fn document() -> Value {
    serde_json::from_str(api_rest::openapi()).expect("JSON")
}

fn words_of(schema: &Value) -> Vec<&str> {
    let words = schema["enum"].as_array().expect("an enum");
    words.iter().filter_map(Value::as_str).collect()
}

#[test]
fn a_vehicle_is_a_union_by_its_type_in_requests_and_answers() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    for (union, details) in [("Vehicle", "Details"), ("NewVehicle", "New")] {
        let mapping = schemas[union]["discriminator"]["mapping"]
            .as_object()
            .expect("a mapping");
        assert_eq!(schemas[union]["discriminator"]["propertyName"], "type");
        let kinds: Vec<_> = domain::vehicle::VehicleType::ALL
            .iter()
            .map(|kind| kind.as_str())
            .collect();
        let mapped: std::collections::BTreeSet<_> = mapping.keys().map(String::as_str).collect();
        assert_eq!(mapped, kinds.iter().copied().collect(), "{union}");
        for (kind, reference) in mapping {
            let one = document
                .pointer(&reference.as_str().expect("a text")[1..])
                .expect("a schema");
            assert_eq!(words_of(&one["properties"]["type"]), [kind], "{union}");
            let reference = one["properties"]["details"]["$ref"]
                .as_str()
                .expect("a reference");
            assert!(reference.contains(details), "{union}: {reference}");
        }
    }
    for (details, config) in [
        ("AmrDetails", "obstacleAvoidanceConfig"),
        ("AgvDetails", "lineFollowingConfig"),
    ] {
        let shown = &schemas[details]["properties"][config];
        assert_eq!(shown["additionalProperties"], true, "{details}");
        let sent = &schemas[format!("New{details}")]["properties"][config]["oneOf"];
        assert_eq!(sent[0]["additionalProperties"], true, "{details}");
        assert_eq!(sent[1]["type"], "null", "{details}");
    }
}

#[test]
fn enum_schemas_match_the_domain() {
    use domain::{telemetry, vehicle};

    macro_rules! check_words {
        ($schemas:expr, $($name:literal: $words:ty),+ $(,)?) => {
            $(
                let expected: Vec<_> = <$words>::ALL.iter().map(|word| word.as_str()).collect();
                assert_eq!(words_of(&$schemas[$name]), expected, $name);
            )+
        };
    }
    let document = document();
    check_words!(
        document["components"]["schemas"],
        "VehicleType": vehicle::VehicleType,
        "VehicleStatus": vehicle::VehicleStatus,
        "GuideType": vehicle::GuideType,
        "HoistStatus": vehicle::HoistStatus,
        "SyncStatus": vehicle::SyncStatus,
        "MismatchKind": vehicle::MismatchKind,
        "ConnectionStatus": telemetry::ConnectionStatus,
        "Role": domain::Role,
        "GrantRole": domain::GrantRole,
        "AuditAction": domain::AuditAction,
    );
}

/// Visits every value of the document with its path.
fn walk<'a>(value: &'a Value, path: String, visit: &mut impl FnMut(&str, &'a Value)) {
    visit(&path, value);
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                walk(field, format!("{path}/{name}"), visit);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, format!("{path}/{index}"), visit);
            }
        }
        _ => {}
    }
}

#[test]
fn every_enum_field_refers_to_its_schema() {
    let document = document();
    walk(
        &document["components"]["schemas"],
        String::new(),
        &mut |path, schema| {
            let is_of_words = [
                "/status",
                "/role",
                "/syncStatus",
                "/connectionStatus",
                "/guideType",
                "/hoistStatus",
                "/action",
            ]
            .iter()
            .any(|name| path.ends_with(&format!("/properties{name}")));
            if is_of_words && !path.starts_with("/Problem/") {
                let text = schema.to_string();
                assert!(text.contains("#/components/schemas/"), "{path}: {text}");
            }
        },
    );
}

#[test]
fn ids_and_times_have_their_formats() {
    let document = document();
    walk(
        &document["components"]["schemas"],
        String::new(),
        &mut |path, schema| {
            let is_id =
                path.ends_with("/properties/id") || (path.contains("/properties/") && path.ends_with("Id"));
            if is_id
                && !path.ends_with("/requestId")
                && !path.ends_with("/mapId")
                && !path.ends_with("/frameId")
                && !path.ends_with("/railId")
                && !path.ends_with("/segmentId")
                // The id of an entry in a stream of Redis.
                && path != "/DeadLetter/properties/id"
            {
                assert!(schema.to_string().contains("\"uuid\""), "{path}: {schema}");
            }
            let is_time = ["At", "/at", "Time", "/timestamp"]
                .iter()
                .any(|end| path.ends_with(end));
            if is_time && path.contains("/properties/") {
                assert!(schema.to_string().contains("\"date-time\""), "{path}: {schema}");
            }
        },
    );
}
