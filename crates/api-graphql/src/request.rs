//! Reads requests.

use actix_web::web;
use juniper::{InputValue, Variables};
use serde::Deserialize;

use crate::{document::Request, problem::Problem};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    query: String,
    operation_name: Option<String>,
    variables: Option<InputValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: String,
    operation_name: Option<String>,
    variables: Option<String>,
}

/// Reads the body of a POST.
pub(super) fn from_json(body: &[u8]) -> Result<Request, Problem> {
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::bad_field(
            "body",
            "must be one request: batches are not served",
        ));
    }
    let body: Body = serde_json::from_slice(body).map_err(|fault| match fault.classify() {
        serde_json::error::Category::Data => {
            Problem::bad_field("body", &format!("must be a request: {fault}"))
        }
        _ => Problem::bad_field("body", &format!("must be JSON: {fault}")),
    })?;
    assemble(body.query, body.operation_name, body.variables)
}

/// Reads the parameters of a GET.
pub(super) fn from_query_string(query_string: &str) -> Result<Request, Problem> {
    let parameters = web::Query::<Parameters>::from_query(query_string)
        .map_err(|fault| Problem::bad_field("query", &format!("must be a parameter: {fault}")))?;
    let Parameters {
        query,
        operation_name,
        variables,
    } = parameters.into_inner();
    // Some clients send empty parameters for what they do not have.
    let [operation_name, variables] =
        [operation_name, variables].map(|text| text.filter(|text| !text.is_empty()));
    let variables = variables.map(|text| serde_json::from_str(&text)).transpose();
    let variables =
        variables.map_err(|fault| Problem::bad_field("variables", &format!("must be JSON: {fault}")))?;
    assemble(query, operation_name, variables)
}

fn assemble(
    query: String,
    operation_name: Option<String>,
    variables: Option<InputValue>,
) -> Result<Request, Problem> {
    let variables = match variables {
        None | Some(InputValue::Null) => Variables::new(),
        Some(InputValue::Object(fields)) => fields
            .into_iter()
            .map(|(name, value)| (name.item, value.item))
            .collect(),
        Some(_) => return Err(Problem::bad_field("variables", "must be a JSON object")),
    };
    Ok(Request {
        query,
        operation_name,
        variables,
    })
}
