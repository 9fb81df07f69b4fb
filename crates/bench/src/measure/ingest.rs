//! The number of messages that the server has accepted.

use crate::{metrics_page::MetricsReader, target::Target};

const ACCEPTED: &str =
    r#"fleetwatch_ingest_messages_total{channel="vehicle:position:update",outcome="accepted"}"#;

/// Returns the number of positions that the server has accepted since it was started.
///
/// # Errors
/// Fails if `/metrics` can't be read, or lacks the number.
pub(crate) async fn accepted_positions(target: &Target) -> anyhow::Result<u64> {
    MetricsReader::of(target.endpoint.address)?
        .read()
        .await?
        .value(ACCEPTED)
}
