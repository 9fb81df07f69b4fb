//! Reads requests, from whatever endpoint they come in.

use std::sync::Arc;

use actix_web::web;
use juniper::{InputValue, Variables};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{error::Category, value::RawValue};
use strict_json::Fault;

use crate::problem::Problem;

/// A document's SHA-256.
pub(crate) type Hash = [u8; 32];

/// A document that is to be kept, with its hash.
#[derive(Clone, Debug)]
pub(crate) struct ToKeep {
    pub(crate) hash: Hash,
    pub(crate) document: Arc<str>,
}

/// A request as it comes in: its document may be named by its hash alone.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) query: Option<String>,
    /// The hash of `extensions.persistedQuery`.
    pub(crate) persisted: Option<Hash>,
    pub(crate) operation_name: Option<String>,
    pub(crate) variables: Variables,
}

/// What a client wants executed.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) query: String,
    pub(crate) operation_name: Option<String>,
    pub(crate) variables: Variables,
    /// The document as it came, when the client wants to name it by its hash from now on.
    pub(crate) to_keep: Option<ToKeep>,
}

/// What the body of a POST holds.
#[derive(Debug)]
pub(crate) enum Body {
    /// One request.
    One(Incoming),
    /// Several, to be executed one after another.
    Batch(Vec<Incoming>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRequest {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<InputValue>,
    extensions: Option<Extensions>,
}

/// The extensions that are understood; others are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    persisted_query: Option<PersistedQuery>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PersistedQuery {
    version: i64,
    sha256_hash: String,
}

impl PersistedQuery {
    /// The version of the protocol, the only one that there is.
    const VERSION: i64 = 1;

    /// The hash; `place` is where the request stands in the body.
    fn hash(&self, place: &str) -> Result<Hash, Problem> {
        let fault = |field: &str, message: &str| {
            Problem::bad_field(
                &inside(place, &format!("extensions.persistedQuery.{field}")),
                message,
            )
        };
        if self.version != Self::VERSION {
            return Err(fault("version", "must be 1"));
        }
        let digits = self.sha256_hash.as_bytes();
        let nibble = |digit: u8| {
            char::from(digit)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        };
        let mut hash = Hash::default();
        let is_hash = digits.len() == 2 * hash.len()
            && hash.iter_mut().zip(digits.chunks(2)).all(|(byte, digits)| {
                let value = nibble(digits[0]).zip(nibble(digits[1]));
                *byte = value.map_or(0, |(high, low)| (high << 4) | low);
                value.is_some()
            });
        if !is_hash {
            return Err(fault("sha256Hash", "must have 64 hexadecimal digits"));
        }
        Ok(hash)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
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
pub(crate) fn from_json(json: &[u8]) -> Result<Incoming, Problem> {
    refuse_duplicate_keys(json, "")?;
    one(json, "")
}

/// Reads the parameters of a GET.
pub(crate) fn from_query_string(query_string: &str) -> Result<Incoming, Problem> {
    let parameters = web::Query::<Parameters>::from_query(query_string)
        .map_err(|fault| Problem::bad_field("query", &format!("must be a parameter: {fault}")))?;
    let Parameters {
        query,
        operation_name,
        variables,
        extensions,
    } = parameters.into_inner();
    // Some clients send empty parameters for what they do not have.
    let [operation_name, variables, extensions] =
        [operation_name, variables, extensions].map(|text| text.filter(|text| !text.is_empty()));
    let raw = RawRequest {
        query,
        operation_name,
        variables: parameter("variables", variables)?,
        extensions: parameter("extensions", extensions)?,
    };
    assemble(raw, "")
}

/// Reads a parameter that is JSON.
fn parameter<T: DeserializeOwned>(name: &str, text: Option<String>) -> Result<Option<T>, Problem> {
    let Some(text) = text else {
        return Ok(None);
    };
    refuse_duplicate_keys(text.as_bytes(), &format!("{name}."))?;
    serde_json::from_str(&text).map_err(|fault| Problem::bad_field(name, &format!("must be JSON: {fault}")))
}

fn from_list(json: &[u8], max_batch: usize) -> Result<Vec<Incoming>, Problem> {
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
fn one(json: &[u8], place: &str) -> Result<Incoming, Problem> {
    let field = if place.is_empty() { "body" } else { place };
    // A derived reader takes a list for an object, field by field.
    if json.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::bad_field(field, "must be a request: a JSON object"));
    }
    let request: RawRequest = serde_json::from_slice(json).map_err(|fault| no_request(field, &fault))?;
    assemble(request, place)
}

fn assemble(request: RawRequest, place: &str) -> Result<Incoming, Problem> {
    let RawRequest {
        query,
        operation_name,
        variables,
        extensions,
    } = request;
    let variables = match variables {
        None => Variables::new(),
        Some(variables) => as_variables(variables)
            .ok_or_else(|| Problem::bad_field(&inside(place, "variables"), "must be a JSON object"))?,
    };
    let persisted = extensions.and_then(|extensions| extensions.persisted_query);
    let persisted = persisted.map(|persisted| persisted.hash(place)).transpose()?;
    if query.is_none() && persisted.is_none() {
        return Err(Problem::bad_field(&inside(place, "query"), "must be given"));
    }
    Ok(Incoming {
        query,
        persisted,
        operation_name,
        variables,
    })
}

/// The path of a field of the request that stands at `place`.
fn inside(place: &str, field: &str) -> String {
    let separator = if place.is_empty() { "" } else { "." };
    format!("{place}{separator}{field}")
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
    match strict_json::first_fault(json) {
        Some(Fault::Duplicate(path)) => Err(Problem::bad_field(
            &format!("{prefix}{path}"),
            "must be given only once",
        )),
        Some(Fault::TooManyValues) => {
            let field = if prefix.is_empty() { "body" } else { "variables" };
            Err(Problem::bad_field(field, "must have at most 50000 values"))
        }
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
