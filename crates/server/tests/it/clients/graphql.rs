//! Clients of GraphQL.

use super::run_script;
use crate::end_to_end::support::Program;

/// Runs the audits of the package graphql-http: no MUST or SHOULD may fail.
#[tokio::test(flavor = "multi_thread")]
async fn graphql_http_audits_find_no_violations() {
    let program = Program::serve(&[]).await;
    run_script("graphql/http_audits.mjs", &program).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn apollo_and_urql_fall_back_to_the_document_once_and_then_send_its_hash() {
    let program = Program::serve(&[]).await;
    run_script("graphql/persisted_queries.mjs", &program).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn graphql_ws_keeps_a_subscription_beyond_the_lifetime_of_its_token() {
    let program = Program::serve(&[("AUTH__ACCESS_TTL_S", "4")]).await;
    run_script("graphql/token_renewal.mjs", &program).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn graphql_sse_gets_results_and_events_and_reconnects_when_its_token_expires() {
    let program = Program::serve(&[("AUTH__ACCESS_TTL_S", "4")]).await;
    run_script("graphql/event_streams.mjs", &program).await;
}
