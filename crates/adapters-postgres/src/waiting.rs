//! Waiting for a database that is not available yet, for commands that are started together with it.

use std::time::Duration;

use application::{Error, Result};
use backon::{BackoffBuilder as _, ExponentialBuilder};
use tokio::time::{Instant, sleep, timeout};

use crate::{database::Database, failure::DATABASE, reach::CONNECT_WITHIN, url::is_unreachable};

/// Maximum pause between two attempts, without jitter.
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// Pauses between two attempts, each lengthened at random by up to its own length.
const PAUSES: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(100))
    .with_max_delay(MAX_PAUSE)
    .with_jitter()
    .without_max_times();

impl Database {
    /// Waits until the server accepts connections. No attempt starts after `limit`. Calls `report` with the error of
    /// each failed attempt that is followed by another one. With a limit of zero, there is one attempt.
    ///
    /// # Errors
    /// Returns [`Error::Unavailable`] with the last failure if the server is still unreachable, and at once if it
    /// refuses the connection, for example because of a wrong password.
    pub async fn until_reachable(&self, limit: Duration, mut report: impl FnMut(&Error)) -> Result<()> {
        let (began, mut pauses) = (Instant::now(), PAUSES.build());
        loop {
            let (is_worth_waiting, error) = match timeout(CONNECT_WITHIN, self.url.dial()).await {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(error)) => (is_unreachable(&error), Error::unavailable(DATABASE, error)),
                Err(_) => (true, Error::no_answer(DATABASE, CONNECT_WITHIN)),
            };
            let pause = pauses.next().unwrap_or(MAX_PAUSE);
            if !is_worth_waiting || began.elapsed() + pause > limit {
                return Err(error);
            }
            report(&error);
            sleep(pause).await;
        }
    }
}
