//! Parsing of requests, for all endpoints.

use std::sync::Arc;

use application::trace::TraceParent;
use http_edge::QueryString;
use juniper::{InputValue, Variables};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, error::Category, value::RawValue};
use strict_json::Fault;

use crate::problem::Problem;

/// Message for JSON that is not a request. The message of serde would contain the names of internal types.
const NO_REQUEST: &str = "must be a GraphQL request: a JSON object";

/// SHA-256 hash of a document.
pub(crate) type Hash = [u8; 32];

#[derive(Clone, Debug)]
pub(crate) struct ToKeep {
    pub(crate) hash: Hash,
    pub(crate) document: Arc<str>,
}

/// Request as received. It may contain the hash of its document instead of the document.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) query: Option<String>,
    /// Hash from `extensions.persistedQuery`.
    pub(crate) persisted: Option<Hash>,
    pub(crate) operation_name: Option<String>,
    pub(crate) variables: Variables,
    /// Position of the client in its trace, from `extensions.traceparent`; `None` if it is absent or malformed.
    pub(crate) trace_parent: Option<TraceParent>,
}

/// Request with its document.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) query: String,
    pub(crate) operation_name: Option<String>,
    pub(crate) variables: Variables,
    /// Unmodified document, if it is to be stored so that later requests can refer to it by its hash.
    pub(crate) to_keep: Option<ToKeep>,
}

#[derive(Debug)]
pub(crate) enum Body {
    One(Incoming),
    /// Requests to be executed one after another.
    Batch(Vec<Incoming>),
}

/// Fields of a request. Each of them is parsed separately, so that an error can name it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRequest<'r> {
    #[serde(borrow)]
    query: Option<&'r RawValue>,
    #[serde(borrow)]
    operation_name: Option<&'r RawValue>,
    #[serde(borrow)]
    variables: Option<&'r RawValue>,
    #[serde(borrow)]
    extensions: Option<&'r RawValue>,
}

/// Extensions of a request that this API supports. All others are ignored.
#[derive(Default)]
struct Extensions {
    persisted: Option<Hash>,
    trace_parent: Option<TraceParent>,
}

impl Extensions {
    /// Parses the extensions of the request at the path `place` within the body.
    fn read(extensions: &RawValue, place: &str) -> Result<Self, Problem> {
        let Ok(Value::Object(mut extensions)) = read(extensions) else {
            let field = inside(place, "extensions");
            return Err(Problem::bad_field(&field, "must be a JSON object"));
        };
        let trace_parent = extensions.get("traceparent").and_then(Value::as_str);
        let trace_parent = trace_parent.and_then(|text| text.parse().ok());
        let persisted = PersistedQuery::of(&mut extensions, place)?;
        let persisted = persisted.map(|persisted| persisted.hash(place)).transpose()?;
        Ok(Self {
            persisted,
            trace_parent,
        })
    }
}

struct PersistedQuery {
    version: Option<Value>,
    sha256_hash: Option<Value>,
}

impl PersistedQuery {
    /// Version of the protocol. There is only one.
    const VERSION: i64 = 1;

    /// Takes `persistedQuery` out of a request's extensions.
    fn of(extensions: &mut Map<String, Value>, place: &str) -> Result<Option<Self>, Problem> {
        match extensions.remove("persistedQuery") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(mut fields)) => Ok(Some(Self {
                version: fields.remove("version"),
                sha256_hash: fields.remove("sha256Hash"),
            })),
            Some(_) => {
                let field = inside(place, "extensions.persistedQuery");
                Err(Problem::bad_field(&field, "must be a JSON object"))
            }
        }
    }

    /// Checks the version, and parses the hash. Errors contain `place`, the path of the request within the body.
    fn hash(&self, place: &str) -> Result<Hash, Problem> {
        let fault = |field: &str, message: &str| {
            Problem::bad_field(
                &inside(place, &format!("extensions.persistedQuery.{field}")),
                message,
            )
        };
        if self.version.as_ref().and_then(Value::as_i64) != Some(Self::VERSION) {
            return Err(fault("version", "must be 1"));
        }
        let digits = self.sha256_hash.as_ref().and_then(Value::as_str);
        let digits = digits.unwrap_or_default().as_bytes();
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

/// Parses the body of a POST: a request, or an array of at most `max_batch` requests.
pub(crate) fn from_body(body: &[u8], max_batch: usize) -> Result<Body, Problem> {
    match body.trim_ascii_start().first() {
        None => Err(Problem::bad_field("body", "must not be empty")),
        Some(b'[') => from_list(body, max_batch).map(Body::Batch),
        Some(_) => from_json(body).map(Body::One),
    }
}

pub(crate) fn from_json(json: &[u8]) -> Result<Incoming, Problem> {
    refuse_faults(json, "")?;
    one(json, "")
}

/// Parses the URL parameters of a GET.
pub(crate) fn from_query_string(query_string: &str) -> Result<Incoming, Problem> {
    let QueryString { pairs, not_utf8 } = QueryString::read(query_string);
    if let Some(name) = not_utf8.first() {
        return Err(Problem::bad_field(name, "must be UTF-8"));
    }
    let names = ["query", "operationName", "variables", "extensions"];
    let mut parameters = [const { None }; 4];
    for (name, value) in pairs {
        let Some(known) = names.iter().position(|known| *known == name) else {
            continue;
        };
        if parameters[known].replace(value).is_some() {
            return Err(Problem::bad_field(&name, "must not be repeated"));
        }
    }
    let [query, operation_name, variables, extensions] = parameters;
    // Some clients send empty parameters instead of omitting them.
    let [operation_name, variables, extensions] =
        [operation_name, variables, extensions].map(|text| text.filter(|text: &String| !text.is_empty()));
    assemble(
        query,
        operation_name,
        parameter("variables", variables.as_deref())?,
        parameter("extensions", extensions.as_deref())?,
        "",
    )
}

fn parameter<'t>(name: &str, text: Option<&'t str>) -> Result<Option<&'t RawValue>, Problem> {
    let Some(text) = text else {
        return Ok(None);
    };
    refuse_faults(text.as_bytes(), &format!("{name}."))?;
    let read: Result<Option<&RawValue>, _> = serde_json::from_str(text);
    read.map_err(|fault| Problem::bad_field(name, &format!("must be valid JSON: {fault}")))
}

fn from_list(json: &[u8], max_batch: usize) -> Result<Vec<Incoming>, Problem> {
    refuse_faults(json, "")?;
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

/// Parses the request at the path `place` within the body.
fn one(json: &[u8], place: &str) -> Result<Incoming, Problem> {
    let field = if place.is_empty() { "body" } else { place };
    // The derived deserialiser would accept an array, and assign its elements to the fields in order.
    if json.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::bad_field(field, NO_REQUEST));
    }
    let RawRequest {
        query,
        operation_name,
        variables,
        extensions,
    } = serde_json::from_slice(json).map_err(|fault| no_request(field, &fault))?;
    assemble(
        text(query, place, "query")?,
        text(operation_name, place, "operationName")?,
        variables,
        extensions,
        place,
    )
}

/// Parses a string field, which may be missing or null.
fn text(field: Option<&RawValue>, place: &str, name: &str) -> Result<Option<String>, Problem> {
    field
        .map(read)
        .transpose()
        .map_err(|_| Problem::bad_field(&inside(place, name), "must be a string"))
}

fn read<T: DeserializeOwned>(json: &RawValue) -> serde_json::Result<T> {
    serde_json::from_str(json.get())
}

fn assemble(
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<&RawValue>,
    extensions: Option<&RawValue>,
    place: &str,
) -> Result<Incoming, Problem> {
    let variables = match variables {
        None => Variables::new(),
        Some(variables) => read(variables)
            .ok()
            .and_then(as_variables)
            .ok_or_else(|| Problem::bad_field(&inside(place, "variables"), "must be a JSON object"))?,
    };
    let extensions = extensions.map(|extensions| Extensions::read(extensions, place));
    let Extensions {
        persisted,
        trace_parent,
    } = extensions.transpose()?.unwrap_or_default();
    if query.is_none() && persisted.is_none() {
        return Err(Problem::bad_field(&inside(place, "query"), "must be given"));
    }
    Ok(Incoming {
        query,
        persisted,
        operation_name,
        variables,
        trace_parent,
    })
}

/// Returns the path of a field of the request at `place`.
fn inside(place: &str, field: &str) -> String {
    let separator = if place.is_empty() { "" } else { "." };
    format!("{place}{separator}{field}")
}

/// Converts a JSON object to variables, and null to no variables. Returns `None` for any other value.
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

fn refuse_faults(json: &[u8], prefix: &str) -> Result<(), Problem> {
    match strict_json::first_fault(json) {
        Some(Fault::Duplicate(path)) => Err(Problem::bad_field(
            &format!("{prefix}{path}"),
            "must be given only once",
        )),
        Some(Fault::TooManyValues) => {
            let field = if prefix.is_empty() { "body" } else { "variables" };
            Err(Problem::bad_field(field, "must have at most 50000 values"))
        }
        Some(Fault::OutOfRange(path)) => {
            let field = format!("{prefix}{path}");
            let field = match field.trim_end_matches('.') {
                "" => "body",
                field => field,
            };
            Err(Problem::bad_field(field, strict_json::BEYOND_DOUBLE))
        }
        None => Ok(()),
    }
}

fn no_request(field: &str, fault: &serde_json::Error) -> Problem {
    match fault.classify() {
        Category::Data => Problem::bad_field(field, NO_REQUEST),
        Category::Io | Category::Syntax | Category::Eof => {
            Problem::bad_field(field, &format!("must be valid JSON: {fault}"))
        }
    }
}
