//! Speaking in robots' place.

use std::sync::Arc;

use anyhow::Context as _;
use application::{ports::TelemetryBus, telemetry::Report};

/// Publishes to the bus between robots and servers. A bus that was there once and goes away is waited for: a robot does
/// not stop driving either.
pub struct Publisher {
    bus: Arc<dyn TelemetryBus>,
    was_there: bool,
    /// Reports that could not be published since the bus went away.
    lost: u64,
}

impl Publisher {
    /// A publisher that has yet to find out whether the bus is there.
    #[must_use]
    pub fn new(bus: Arc<dyn TelemetryBus>) -> Self {
        Self {
            bus,
            was_there: false,
            lost: 0,
        }
    }

    /// Publishes reports; tells whether they were published, or lost because the bus is away for the moment.
    ///
    /// # Errors
    /// When the bus has never been there, or refuses the reports for any other reason.
    pub async fn publish(&mut self, reports: &[Report]) -> anyhow::Result<bool> {
        match self.bus.publish(reports).await {
            Ok(()) => {
                if self.lost > 0 {
                    tracing::warn!(lost = self.lost, "the bus is back");
                }
                (self.was_there, self.lost) = (true, 0);
                Ok(true)
            }
            Err(error) if self.was_there && error.is_unavailable() => {
                if self.lost == 0 {
                    tracing::warn!(%error, "the bus is away; reports are lost until it is back");
                }
                self.lost += reports.len() as u64;
                Ok(false)
            }
            Err(error) => Err(error).context("positions cannot be published"),
        }
    }
}

#[cfg(test)]
pub(crate) mod listener;
