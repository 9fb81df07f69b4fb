//! Reads requests, from whatever door they come in.

mod json_keys;

use actix_web::web;
use juniper::{InputValue, Variables};
use serde::Deserialize;
use serde_json::{error::Category, value::RawValue};

use crate::problem::Problem;

/// What a client wants executed.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) query: String,
    pub(crate) operation_name: Option<String>,
    pub(crate) variables: Variables,
}

/// What the body of a POST holds.
#[derive(Debug)]
pub(crate) enum Body {
    /// One request.
    One(Request),
    /// Several, to be executed one after another.
    Batch(Vec<Request>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRequest {
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

/// Reads the body of a POST: a request, or a list of at most `max_batch` of them.
pub(crate) fn from_body(body: &[u8], max_batch: usize) -> Result<Body, Problem> {
    match body.trim_ascii_start().first() {
        None => Err(Problem::bad_field("body", "must not be empty")),
        Some(b'[') => from_list(body, max_batch).map(Body::Batch),
        Some(_) => from_json(body).map(Body::One),
    }
}

/// Reads one request.
pub(crate) fn from_json(json: &[u8]) -> Result<Request, Problem> {
    refuse_duplicate_keys(json, "")?;
    one(json, "")
}

/// Reads the parameters of a GET.
pub(crate) fn from_query_string(query_string: &str) -> Result<Request, Problem> {
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
    let variables = variables.map(|text| {
        refuse_duplicate_keys(text.as_bytes(), "variables.")?;
        serde_json::from_str(&text)
            .map_err(|fault| Problem::bad_field("variables", &format!("must be JSON: {fault}")))
    });
    assemble(query, operation_name, variables.transpose()?, "")
}

fn from_list(json: &[u8], max_batch: usize) -> Result<Vec<Request>, Problem> {
    refuse_duplicate_keys(json, "")?;
    let items: Vec<&RawValue> = serde_json::from_slice(json).map_err(|fault| no_request("body", &fault))?;
    if items.is_empty() || items.len() > max_batch {
        let message = format!("must be a list of 1 to {max_batch} requests, not {}", items.len());
        return Err(Problem::bad_field("body", &message));
    }
    let items = items.into_iter().enumerate();
    items
        .map(|(index, item)| one(item.get().as_bytes(), &format!("[{index}]")))
        .collect()
}

/// `place`: where the request stands in the body.
fn one(json: &[u8], place: &str) -> Result<Request, Problem> {
    let field = if place.is_empty() { "body" } else { place };
    let request: RawRequest = serde_json::from_slice(json).map_err(|fault| no_request(field, &fault))?;
    assemble(request.query, request.operation_name, request.variables, place)
}

fn assemble(
    query: String,
    operation_name: Option<String>,
    variables: Option<InputValue>,
    place: &str,
) -> Result<Request, Problem> {
    let variables = match variables {
        None => Variables::new(),
        Some(variables) => as_variables(variables).ok_or_else(|| {
            let separator = if place.is_empty() { "" } else { "." };
            Problem::bad_field(&format!("{place}{separator}variables"), "must be a JSON object")
        })?,
    };
    Ok(Request {
        query,
        operation_name,
        variables,
    })
}

/// The variables of a JSON object, or of null; `None` for anything else.
pub(crate) fn as_variables(json: InputValue) -> Option<Variables> {
    match json {
        InputValue::Null => Some(Variables::new()),
        InputValue::Object(fields) => Some(
            fields
                .into_iter()
                .map(|(name, value)| (name.item, value.item))
                .collect(),
        ),
        _ => None,
    }
}

fn refuse_duplicate_keys(json: &[u8], prefix: &str) -> Result<(), Problem> {
    match json_keys::duplicate(json) {
        Some(path) => Err(Problem::bad_field(
            &format!("{prefix}{path}"),
            "must be given only once",
        )),
        None => Ok(()),
    }
}

fn no_request(field: &str, fault: &serde_json::Error) -> Problem {
    let what = match fault.classify() {
        Category::Data => "a request",
        Category::Io | Category::Syntax | Category::Eof => "JSON",
    };
    Problem::bad_field(field, &format!("must be {what}: {fault}"))
}
