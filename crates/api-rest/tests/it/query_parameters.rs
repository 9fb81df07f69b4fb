//! Query parameters that are unknown or empty, at every operation of the OpenAPI document.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::stage::Stage;

/// An operation with its path, in which all ids exist in no store.
struct Operation {
    method: Method,
    path: String,
    /// The query parameters.
    parameters: Vec<Parameter>,
}

struct Parameter {
    name: String,
    schema: Value,
}

impl Parameter {
    fn of(described: &Value, document: &Value) -> Self {
        let schema = match described["schema"]["$ref"].as_str() {
            Some(reference) => document.pointer(&reference[1..]).expect(reference),
            None => &described["schema"],
        };
        Self {
            name: described["name"].as_str().expect("a name").to_owned(),
            schema: schema.clone(),
        }
    }

    /// Returns `true` if the schema allows an empty value, which is a list of one empty item for a list.
    fn may_be_empty(&self) -> bool {
        let validator = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&self.schema)
            .expect("a schema");
        [json!(""), json!([""])]
            .iter()
            .any(|value| validator.is_valid(value))
    }
}

fn operations() -> Vec<Operation> {
    let document = &serde_json::from_str::<Value>(api_rest::openapi()).expect("JSON");
    let paths = document["paths"].as_object().expect("paths").clone();
    let of_path = |(path, item): (String, Value)| {
        let id = match path.starts_with("/api/dead-letters") {
            true => "1-0",
            false => "00000000-0000-7000-8000-000000000404",
        };
        let path = path.replace("{id}", id).replace("{vehicleId}", id);
        let operations = item.as_object().expect("operations").clone();
        operations.into_iter().map(move |(method, operation)| {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let of_query = parameters.iter().filter(|parameter| parameter["in"] == "query");
            Operation {
                method: method.to_uppercase().parse().expect("a method"),
                path: path.clone(),
                parameters: of_query
                    .map(|described| Parameter::of(described, document))
                    .collect(),
            }
        })
    };
    paths.into_iter().flat_map(of_path).collect()
}

#[actix_web::test]
async fn unknown_query_parameters_are_rejected_everywhere() {
    let stage = Stage::new();
    let documents = ["/api/openapi.json", "/api/asyncapi.json"].map(|path| Operation {
        method: Method::GET,
        path: path.to_owned(),
        parameters: Vec::new(),
    });
    for Operation { method, path, .. } in operations().into_iter().chain(documents) {
        let url = format!("{path}?limit=5&unknown=&limit=6");
        let faults = stage.ask(method.clone(), &url).send().await.faults(422);
        for expected in ["limit is unknown", "unknown is unknown"] {
            let count = faults.iter().filter(|fault| *fault == expected).count();
            assert_eq!(count, 1, "{method} {path}: {faults:?}");
        }
    }
}

#[actix_web::test]
async fn empty_query_parameters_are_rejected_as_documented_except_a_cursor_and_a_search() {
    let stage = Stage::new();
    let mut count = 0;
    for Operation {
        method,
        path,
        parameters,
    } in operations()
    {
        for parameter in parameters {
            let name = &parameter.name;
            let url = format!("{path}?{name}=");
            let is_ignored = ["after", "search"].contains(&name.as_str());
            assert_eq!(
                parameter.may_be_empty(),
                is_ignored,
                "{method} {url}: {}",
                parameter.schema
            );
            if is_ignored {
                let answer = stage.ask(method.clone(), &url).send().await;
                assert!(!answer.text().contains("must not be empty"), "{method} {url}");
                continue;
            }
            let faults = stage.ask(method.clone(), &url).send().await.faults(422);
            let expected = format!("{name} must not be empty");
            assert!(faults.contains(&expected), "{method} {url}: {faults:?}");
            count += 1;
        }
    }
    assert!(count > 50, "{count} parameters");
}

#[actix_web::test]
async fn the_caller_is_authenticated_before_parameters_are_checked() {
    let stage = Stage::new();
    for (method, path) in [
        (Method::GET, "/api/log-level?x=1"),
        (Method::DELETE, "/api/cache?x=1"),
        (Method::GET, "/api/vehicles?x=1"),
    ] {
        let answer = stage.ask(method, path).without_token().send().await;
        answer.faults(401);
    }
}
