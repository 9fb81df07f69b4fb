//! Publishing of reports, as robots publish them.

use std::sync::Arc;

use anyhow::Context as _;
use application::{ports::TelemetryBus, telemetry::Report};

/// Publisher of reports to the bus between robots and servers. If the bus becomes unavailable after a first success,
/// reports are lost until it is available again, as with a real robot.
pub struct Publisher {
    bus: Arc<dyn TelemetryBus>,
    was_there: bool,
    /// Number of reports lost since the bus became unavailable.
    lost: u64,
}

impl Publisher {
    #[must_use]
    pub fn new(bus: Arc<dyn TelemetryBus>) -> Self {
        Self {
            bus,
            was_there: false,
            lost: 0,
        }
    }

    /// Publishes reports. Returns `true` if they were published, and `false` if they were lost because the bus is
    /// temporarily unavailable.
    ///
    /// # Errors
    /// Fails if the bus has never been available, or if publishing fails for any other reason.
    pub async fn publish(&mut self, reports: &[Report]) -> anyhow::Result<bool> {
        match self.bus.publish(reports).await {
            Ok(()) => {
                if self.lost > 0 {
                    tracing::warn!(lost = self.lost, "the bus is available again");
                }
                (self.was_there, self.lost) = (true, 0);
                Ok(true)
            }
            Err(error) if self.was_there && error.is_unavailable() => {
                if self.lost == 0 {
                    tracing::warn!(
                        error = error.chain(),
                        "the bus is unavailable; reports are lost until it recovers"
                    );
                }
                self.lost += reports.len() as u64;
                Ok(false)
            }
            Err(error) => Err(error).context("cannot publish positions"),
        }
    }
}

#[cfg(test)]
pub(crate) mod listener;
