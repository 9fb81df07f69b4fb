//! Response headers, each described once as a component, and parameters and responses of conditional requests.

use serde_json::{Value, json};
use utoipa::openapi::{
    HttpMethod, OpenApi, Ref, RefOr, Required, Response,
    header::Header,
    path::{Operation, Parameter, ParameterBuilder, ParameterIn},
    response::ResponseBuilder,
};

use super::operations::operations;
use crate::schemas::schema;

/// Name, description and schema of a header.
type Described = (&'static str, &'static str, Value);

fn all() -> [Described; 8] {
    [
        (
            "x-request-id",
            "Id of the request in the server's log",
            json!({"type": "string", "examples": ["0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70"]}),
        ),
        (
            "ratelimit",
            "Number of requests left (`r`), and seconds until the whole quota is available again (`t`)",
            json!({"type": "string", "examples": ["\"api\";r=999;t=1"]}),
        ),
        (
            "ratelimit-policy",
            "Number of requests (`q`) allowed per window of `w` seconds",
            json!({"type": "string", "examples": ["\"api\";q=1000;w=10"]}),
        ),
        (
            "retry-after",
            "Seconds to wait before the next attempt",
            json!({"type": "integer", "minimum": 1, "examples": [2]}),
        ),
        (
            "www-authenticate",
            "Authentication scheme to use",
            json!({"type": "string", "examples": ["Bearer realm=\"fleetwatch\""]}),
        ),
        (
            "ETag",
            "Entity tag of the document, for `If-None-Match`. A vehicle's tag begins with its version, for `If-Match`",
            json!({"type": "string", "examples": ["\"7-5d41402abc4b2a76\""]}),
        ),
        (
            "Location",
            "Path of the new resource",
            json!({"type": "string", "format": "uri-reference"}),
        ),
        (
            "content-disposition",
            "Suggested file name",
            json!({"type": "string", "examples": ["attachment; filename=\"vehicles.csv\""]}),
        ),
    ]
}

/// Operations whose responses have no entity tag, because they are streamed or differ every time.
const WITHOUT_TAG: [&str; 3] = ["exportVehicles", "listPositions", "listStates"];

/// Adds the headers to the components, and references to them to every response.
pub(super) fn declare(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    for (name, description, json) in all() {
        let mut header = Header::new(schema(json));
        header.description = Some(description.to_owned());
        components.headers.insert(name.to_owned(), RefOr::T(header));
    }
    for item in document.paths.paths.values_mut() {
        for (method, operation) in operations(item) {
            let id = operation.operation_id.clone().unwrap_or_default();
            if method == HttpMethod::Get && !WITHOUT_TAG.contains(&id.as_str()) {
                make_conditional(operation);
            }
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response {
                    refer(status, response);
                }
            }
            if id == "exportVehicles" {
                add(operation, "200", "content-disposition");
            }
        }
    }
}

fn make_conditional(operation: &mut Operation) {
    let parameters = operation.parameters.get_or_insert_default();
    parameters.push(RefOr::T(if_none_match()));
    let unchanged = ResponseBuilder::new()
        .description("The document has not changed: `If-None-Match` contains its entity tag");
    let responses = &mut operation.responses.responses;
    responses.insert("304".to_owned(), RefOr::T(unchanged.build()));
    for status in ["200", "304"] {
        add(operation, status, "ETag");
    }
}

fn if_none_match() -> Parameter {
    ParameterBuilder::new()
        .name("If-None-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "Entity tags that the client already has, or `*`. If one matches, the response is 304",
        ))
        .schema(Some(schema(
            json!({"type": "string", "examples": ["\"7-5d41402abc4b2a76\""]}),
        )))
        .build()
}

fn add(operation: &mut Operation, status: &str, name: &str) {
    if let Some(RefOr::T(response)) = operation.responses.responses.get_mut(status) {
        response.headers.insert(name.to_owned(), reference(name));
    }
}

fn reference(name: &str) -> RefOr<Header> {
    RefOr::Ref(Ref::new(format!("#/components/headers/{name}")))
}

/// Adds references to the headers that every response with this status has, and replaces the headers that the handler
/// declares with references.
pub(super) fn refer(status: &str, response: &mut Response) {
    for (name, header) in &mut response.headers {
        *header = reference(name);
    }
    let more: &[&str] = match status {
        "401" => &["www-authenticate"],
        "429" | "503" => &["retry-after"],
        _ => &[],
    };
    for name in ["x-request-id", "ratelimit", "ratelimit-policy"]
        .iter()
        .chain(more)
    {
        response.headers.insert((*name).to_owned(), reference(name));
    }
}
