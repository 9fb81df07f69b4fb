//! Completeness of the probes: every route, root field and command is probed, or is public.

use std::collections::BTreeSet;

use domain::Operation;
use serde_json::Value;

use super::{
    graphql, listening, live,
    probe::{Ask, Endpoint},
    rest,
};
use crate::command_line::{fleetwatch, stdout};

const ROUTES: &str = include_str!("../../../../api-rest/src/api.rs");
const COMMANDS: &str = include_str!("../../../../api-ws/src/protocol/request/command.rs");

fn check(what: &str, there: BTreeSet<String>, tried: impl IntoIterator<Item = String>) {
    let tried: BTreeSet<String> = tried.into_iter().collect();
    let untried: Vec<_> = there.difference(&tried).collect();
    let gone: Vec<_> = tried.difference(&there).collect();
    assert!(!there.is_empty(), "no {what} is found");
    assert!(untried.is_empty(), "{what} without a probe: {untried:?}");
    assert!(
        gone.is_empty(),
        "{what} that have a probe but don't exist: {gone:?}"
    );
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn every_openapi_operation_has_a_probe() {
    let document: Value =
        serde_json::from_str(&stdout(&fleetwatch(&["openapi"], &[]))).expect("the document is JSON");
    let paths = document["paths"].as_object().expect("it has paths");
    let ids = paths
        .values()
        .filter_map(Value::as_object)
        .flat_map(|path| path.values())
        .filter_map(|operation| operation["operationId"].as_str())
        .map(str::to_owned)
        .collect();
    let tried = rest::probes().into_iter().map(|probe| probe.name.to_owned());
    check(
        "operations of the OpenAPI document",
        ids,
        tried.chain(owned(rest::PUBLIC)),
    );
}

#[test]
fn every_rest_route_has_a_probe() {
    let there = ROUTES
        .split("endpoint(\"")
        .skip(1)
        .filter(|endpoint| endpoint.starts_with('/'))
        .flat_map(|endpoint| {
            let mut texts = endpoint.split('"');
            let path = texts.next().expect("a path");
            let methods = texts.nth(1).expect("its methods");
            // HEAD is probed together with GET.
            methods
                .split(", ")
                .filter(|method| *method != "HEAD")
                .map(move |method| format!("{method} {path}"))
        })
        .collect();
    let routes = rest::probes().into_iter().filter_map(|probe| match probe.ask {
        Ask::Rest { route, .. } => Some(route.to_owned()),
        Ask::Graphql(_) => None,
    });
    check("routes", there, routes.chain(owned(rest::PUBLIC_ROUTES)));
}

#[test]
fn every_graphql_root_field_has_a_probe() {
    let schema = stdout(&fleetwatch(&["schema"], &[]));
    let queries_and_mutations = graphql::probes()
        .into_iter()
        .map(|probe| probe.name.to_owned())
        .chain(owned(graphql::PUBLIC));
    let fields = ["Query", "Mutation"]
        .into_iter()
        .flat_map(|name| root_fields(&schema, name));
    check("queries and mutations", fields.collect(), queries_and_mutations);
    let subscriptions = root_fields(&schema, "Subscription").into_iter().collect();
    let tried = listening::SUBSCRIPTIONS.map(|(name, ..)| name.to_owned());
    check("subscriptions", subscriptions, tried);
}

/// Returns the fields of a type in an SDL with one field per line, and arguments on further lines.
fn root_fields(schema: &str, name: &str) -> Vec<String> {
    let mut is_text = false;
    schema
        .lines()
        .skip_while(|line| *line != format!("type {name} {{"))
        .skip(1)
        .take_while(|line| *line != "}")
        .filter(|line| !line.starts_with("    ") && *line != "  )" && !line.starts_with("  ):"))
        .map(str::trim)
        .filter(|line| {
            let is_fence = *line == r#"""""#;
            is_text ^= is_fence;
            !is_fence && !is_text && !line.starts_with('"')
        })
        .filter_map(|line| line.split(['(', ':']).next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_live_subscription_has_a_probe() {
    let there = COMMANDS
        .split('"')
        .filter(|text| text.starts_with("subscribe") && text.chars().all(char::is_alphabetic))
        .map(str::to_owned)
        .collect();
    check("subscriptions of /ws", there, owned(&live::COMMANDS));
}

/// Operations that GraphQL does not have. They are about the servers and what they reject, rather than the fleet.
const ONLY_IN_REST: &[Operation] = &[
    Operation::ReadDeadLetters,
    Operation::ManageDeadLetters,
    Operation::ManageLogLevel,
];

#[test]
fn every_operation_has_a_probe_at_every_endpoint() {
    for &operation in Operation::ALL {
        let endpoints: &[Endpoint] = match ONLY_IN_REST.contains(&operation) {
            true => &[Endpoint::Rest],
            false => &[Endpoint::Rest, Endpoint::Graphql, Endpoint::GraphqlSocket],
        };
        for &endpoint in endpoints {
            let mut probes = rest::probes().into_iter().chain(graphql::probes());
            let is_tried =
                probes.any(|probe| probe.operation == operation && probe.endpoints().contains(&endpoint));
            assert!(is_tried, "{operation} at {endpoint}");
        }
    }
}
