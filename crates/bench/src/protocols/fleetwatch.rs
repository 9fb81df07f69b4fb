//! Messages of fleetwatch at `/ws`.

use anyhow::bail;
use uuid::Uuid;

use super::incoming::Incoming;

/// Start of every batch.
const BATCH: &[u8] = br#"{"type":"batch","#;

/// Returns the message that subscribes to one vehicle, or to all.
pub(super) fn subscription(vehicle: Option<Uuid>) -> String {
    match vehicle {
        Some(id) => format!(r#"{{"type":"subscribeVehicle","vehicleId":"{id}"}}"#),
        None => r#"{"type":"subscribeAll"}"#.to_owned(),
    }
}

/// Interprets a text frame.
///
/// # Errors
/// If it rejects the subscription, or if `on` fails.
pub(super) fn read(
    text: &[u8],
    on: &mut impl FnMut(Incoming<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    if text.starts_with(BATCH) {
        return on(Incoming::Batch(text));
    }
    if text.starts_with(br#"{"type":"subscribed""#) {
        return on(Incoming::Subscribed);
    }
    if text.starts_with(br#"{"type":"error""#) {
        bail!("a subscription was refused: {}", String::from_utf8_lossy(text));
    }
    Ok(())
}
