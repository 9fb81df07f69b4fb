//! An exporter whose errors state the time limit, and are logged.

use std::{error::Error, time::Duration};

use application::GivenUp;
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    trace::{SpanData, SpanExporter},
};

/// End of the error text of a gRPC request that was given up. The text does not contain the limit.
const EXPIRED: &str = "Timeout expired";

/// Exporter whose requests have a time limit. Errors are logged here, because the line of the SDK has no message; it is
/// left out of the log.
#[derive(Debug)]
pub(super) struct Limited<E> {
    pub(super) exporter: E,
    /// Timeout of a request, which the exporter enforces.
    pub(super) limit: Duration,
}

impl<E: SpanExporter> SpanExporter for Limited<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let sent = self.exporter.export(batch).await;
        sent.map_err(|error| with_limit(error, self.limit))
            .inspect_err(|error| {
                let error: &(dyn Error + 'static) = error;
                tracing::error!(error, "spans could not be sent");
            })
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

fn with_limit(error: OTelSdkError, limit: Duration) -> OTelSdkError {
    match error {
        OTelSdkError::InternalFailure(text) => {
            OTelSdkError::InternalFailure(match text.strip_suffix(EXPIRED) {
                Some(beginning) => format!("{beginning}{}", GivenUp::NoAnswer(limit)),
                None => text,
            })
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Exporter whose requests all fail with this text.
    #[derive(Debug)]
    struct Failing(&'static str);

    impl SpanExporter for Failing {
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            Err(OTelSdkError::InternalFailure(self.0.to_owned()))
        }
    }

    #[tokio::test]
    async fn the_error_of_a_receiver_that_does_not_answer_states_the_limit() {
        for (text, expected) in [
            (
                "export failed with gRPC code: Cancelled: Timeout expired",
                "Operation failed: export failed with gRPC code: Cancelled: no answer within 5 s",
            ),
            (
                "export failed with gRPC code: Unavailable: tcp connect error",
                "Operation failed: export failed with gRPC code: Unavailable: tcp connect error",
            ),
        ] {
            let exporter = Limited {
                exporter: Failing(text),
                limit: Duration::from_secs(5),
            };
            let error = exporter.export(Vec::new()).await.expect_err("it fails");
            assert_eq!(error.to_string(), expected);
        }
    }
}
