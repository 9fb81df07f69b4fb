//! The number of messages that the server has accepted.

use anyhow::Context as _;

use crate::target::Target;

/// Returns the number of positions that the server has accepted since it was started.
///
/// # Errors
/// If `/metrics` can't be read.
pub(crate) async fn accepted_positions(target: &Target) -> anyhow::Result<u64> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let request = client.get(format!("http://{}/metrics", target.endpoint.address));
    let page = request.send().await?.error_for_status()?.text().await?;
    accepted_in(&page)
}

fn accepted_in(page: &str) -> anyhow::Result<u64> {
    let is_accepted = |labels: &str| {
        labels.contains(r#"channel="vehicle:position:update""#) && labels.contains(r#"outcome="accepted""#)
    };
    let value = page.lines().find_map(|line| {
        let (labels, value) = line
            .strip_prefix("fleetwatch_ingest_messages_total{")?
            .split_once("} ")?;
        is_accepted(labels).then_some(value)
    });
    let value = value.context("/metrics has no accepted positions")?;
    value
        .trim()
        .parse()
        .with_context(|| format!("the number of accepted positions is {value}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepted_positions_are_found_by_their_labels() {
        let page = "# TYPE fleetwatch_ingest_messages_total counter\n\
            fleetwatch_ingest_messages_total{channel=\"vehicle:state:update\",outcome=\"accepted\"} 1\n\
            fleetwatch_ingest_messages_total{channel=\"vehicle:position:update\",outcome=\"stale\"} 2\n\
            fleetwatch_ingest_messages_total{channel=\"vehicle:position:update\",outcome=\"accepted\"} 3\n";
        assert_eq!(accepted_in(page).unwrap(), 3);
        assert!(accepted_in("").is_err());
    }
}
