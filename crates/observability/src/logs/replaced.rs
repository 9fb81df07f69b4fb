//! Events of libraries that are replaced by lines of this crate.

use tracing::Metadata;

/// Name of the event with which the OpenTelemetry SDK reports that spans could not be sent. It has no message. The
/// exporter logs a line with a message instead.
const EXPORT_ERROR: &str = "BatchSpanProcessor.ExportError";

/// Returns `true` if this crate logs a line in place of an event.
pub(super) fn is_replaced(metadata: &Metadata<'_>) -> bool {
    metadata.name() == EXPORT_ERROR
}
