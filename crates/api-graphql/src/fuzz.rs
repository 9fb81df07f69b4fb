//! Fuzz tests of request parsing and document preparation.

use fuzzing::{Seeds, any_json_text, fuzz, mutated, mutated_text};
use proptest::{collection::vec, option, prelude::*};

use crate::{
    document::{DocumentError, Prepared, prepare},
    options::GraphqlOptions,
    persisted::PersistedQueries,
    request::{self, Body, Incoming, Request},
    schema,
};

/// Documents that the fuzz tests mutate.
pub(crate) const DOCUMENTS: &[&str] = &[
    "{ vehicles(first: 2, filter: {type: AMR, status: IDLE, search: \"x\"}) { edges { cursor node { id name ... on AMR { autonomyLevel } groups { name } } } pageInfo { endCursor } totalCount } }",
    "query One($id: ID!, $more: Boolean = true) { vehicle(id: $id) { ...V position @include(if: $more) { x y } } } fragment V on Vehicle { id name specification { maxSpeed } }",
    "query A { me { id } } query B { __typename }",
    "mutation { createVehicle(input: {name: \"T\", type: AMR, manufacturer: \"A\", specification: {maxSpeed: 1.5, maxLoad: 1, batteryCapacity: 1e3}, amr: {lidarEnabled: true, cameraEnabled: false, ultrasonicEnabled: false, autonomyLevel: 4, obstacleAvoidanceConfig: {a: [1, {b: null}], c: \"\\u00fc\"}}}) { id } }",
    "mutation($c: JSON = {a: [1]}) { ...F } fragment F on Mutation { updateVehicle(id: \"1\", input: {agv: {lineFollowingConfig: {b: []}}}) { id } ... { a: updateVehicle(id: \"2\", input: {amr: {obstacleAvoidanceConfig: $c}}) { id } } }",
    "mutation($i: UpdateVehicleInput!) { updateVehicle(id: \"1\", input: $i) { version } }",
    "subscription { vehiclePositionUpdated(vehicleId: \"0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70\") { position { x } } }",
    "{ __schema { types { name fields(includeDeprecated: true) { name args { name type { ofType { name } } } } } } }",
    "{ ...A } fragment A on Query { ...B ...B } fragment B on Query { ...C ...C } fragment C on Query { a: __typename }",
    "# a comment\n{ vehicle(id: \"\"\"block\n  string\"\"\") { id } }",
];

pub(crate) const WORDS: &[&str] = &[
    "{",
    "}",
    "...",
    "... on AMR {",
    "fragment F on Query { ...F }",
    "query Q(",
    "mutation",
    "subscription",
    "$id",
    "$id: [ID!]! = [1]",
    "@skip(if: true)",
    "@include(if: $more)",
    "\"\"\"",
    "\\u{1f916}",
    "__typename",
    "__schema",
    "first: 1000000",
    "{a: {b: [[[[1]]]]}}",
    "a: b: c",
    "null",
    "on",
    "node",
    "#",
];

/// Prepares a request, and checks that the result is within the limits and that preparing it again does not change it.
fn check(request: Request, schema: &schema::Schema, options: &GraphqlOptions) {
    let prepared = match prepare(request, &schema.schema, options) {
        Ok(prepared) => prepared,
        Err(DocumentError::Syntax(_) | DocumentError::Problem(_) | DocumentError::Request(_)) => return,
    };
    assert!(prepared.complexity <= options.max_complexity as u64);
    let Prepared {
        kind,
        name,
        needs_caller,
        complexity,
        introspection,
        request,
    } = prepared;
    let query = request.query.clone();
    let again = prepare(request, &schema.schema, options).expect("a prepared request can be prepared again");
    assert_eq!(
        (
            again.kind,
            again.name,
            again.needs_caller,
            again.complexity,
            again.introspection
        ),
        (kind, name, needs_caller, complexity, introspection)
    );
    assert_eq!(again.request.query, query);
}

#[test]
fn fuzz_documents_are_prepared_or_refused() {
    let (schema, options) = (schema::build(true), GraphqlOptions::default());
    let documents = mutated_text(Seeds::of(DOCUMENTS).with_words(WORDS));
    let names = option::of(prop::sample::select(&["One", "A", "B", "C"][..]));
    let variables = any_json_text(&["id", "i", "more", "name", "amr", "obstacleAvoidanceConfig"]);
    let cases = (documents, names, variables);
    fuzz(
        "documents",
        cases,
        move |(query, name, variables): (String, Option<&str>, String)| {
            let variables = serde_json::from_str(&variables)
                .ok()
                .and_then(request::as_variables);
            let request = Request {
                query,
                operation_name: name.map(str::to_owned),
                variables: variables.unwrap_or_default(),
                to_keep: None,
            };
            check(request, &schema, &options);
        },
    );
}

/// Completes a request as received from a client, and checks it.
fn check_incoming(incoming: Incoming, schema: &schema::Schema, options: &GraphqlOptions) {
    if let Ok(request) = PersistedQueries::new().complete(incoming) {
        check(request, schema, options);
    }
}

#[test]
fn fuzz_bodies_are_read_or_refused() {
    let (schema, options) = (schema::build(true), GraphqlOptions::default());
    let body =
        |query: &str| serde_json::json!({"query": query, "operationName": null, "variables": {"id": "1"}});
    let bodies: Vec<_> = DOCUMENTS.iter().map(|query| body(query)).collect();
    let batch = serde_json::Value::from(bodies.clone()).to_string();
    let seeds = Seeds::of(bodies.iter().map(ToString::to_string).chain([batch]));
    let words = WORDS.iter().chain(&[
        "\"query\":",
        "\"variables\":",
        "\"operationName\":",
        "\"extensions\":{\"persistedQuery\":{\"version\":1,\"sha256Hash\":\"",
        "\\u0000",
        "},{",
    ]);
    fuzz(
        "bodies",
        mutated(seeds.with_words(words)),
        move |body| match request::from_body(&body, options.max_batch) {
            Ok(Body::One(request)) => check_incoming(request, &schema, &options),
            Ok(Body::Batch(requests)) => {
                assert!(requests.len() <= options.max_batch);
                requests
                    .into_iter()
                    .for_each(|request| check_incoming(request, &schema, &options));
            }
            Err(_) => {}
        },
    );
}

#[test]
fn fuzz_any_bytes_are_read_or_refused() {
    fuzz("GraphQL's bytes", vec(any::<u8>(), 0..300), |bytes| {
        let _ = request::from_body(&bytes, 10);
        let _ = request::from_query_string(&String::from_utf8_lossy(&bytes));
    });
}
