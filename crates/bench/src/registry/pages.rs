//! The query over GraphQL.

use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::{Value, json};

use super::questions::Question;
use crate::target::Target;

/// Returns the median time of a request over one persistent connection.
pub(super) async fn median(
    target: &Target,
    question: &Question,
    warm_up: usize,
    requests: usize,
) -> anyhow::Result<Duration> {
    let client = reqwest::Client::new();
    let body = json!({"query": question.graphql()});
    let mut times = Vec::with_capacity(requests);
    for number in 0..warm_up + requests {
        let began = Instant::now();
        let answer = target
            .endpoint
            .graphql(&client)
            .json(&body)
            .send()
            .await?
            .bytes()
            .await?;
        let took = began.elapsed();
        if number == 0 {
            check(&serde_json::from_slice(&answer)?)?;
        }
        if number >= warm_up {
            times.push(took);
        }
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

/// Checks that a response is complete. Otherwise a fast but wrong response might be measured.
fn check(answer: &Value) -> anyhow::Result<()> {
    ensure!(answer.get("errors").is_none(), "the server refuses: {answer}");
    let nodes = answer["data"]["vehicles"]["nodes"].as_array();
    ensure!(
        nodes.is_some_and(|nodes| !nodes.is_empty()),
        "an empty page: {answer}"
    );
    let all_are_somewhere = nodes
        .into_iter()
        .flatten()
        .all(|node| node["position"].is_object());
    ensure!(all_are_somewhere, "a vehicle without a position: {answer}");
    Ok(())
}
