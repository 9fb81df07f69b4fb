//! Attempts to reach a server.

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use application::GivenUp;
use async_trait::async_trait;
use futures::{FutureExt as _, future::BoxFuture};
use parking_lot::Mutex;
use tokio::time::timeout;
use tower_service::Service;

/// An attempt to reach a server.
#[async_trait]
pub trait Probe: Send + Sync + 'static {
    /// Makes a connection to the server, without using existing ones. A server that answers with an error is reachable:
    /// its callers receive the error itself. The breaker limits the time, so the future must be safe to drop.
    ///
    /// # Errors
    /// Returns [`Unreachable`] if there is no connection or no answer.
    async fn reach(&self) -> Result<(), Unreachable>;
}

/// Reason why a server cannot be reached, for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreachable(pub String);

/// The probe as a service, with a time limit. The library's breaker is in front of it.
#[derive(Clone)]
pub(crate) struct ProbeService {
    pub(crate) probe: Arc<dyn Probe>,
    /// Timeout of an attempt.
    pub(crate) within: Duration,
    /// Reason of the last failure. It is set before the library learns of the failure and reports the new state.
    pub(crate) reason: Arc<Mutex<String>>,
}

impl Service<()> for ProbeService {
    type Response = ();
    type Error = Unreachable;
    type Future = BoxFuture<'static, Result<(), Unreachable>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Unreachable>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, (): ()) -> Self::Future {
        let Self {
            probe,
            within,
            reason,
        } = self.clone();
        async move {
            let reached = timeout(within, probe.reach()).await;
            let outcome = reached.unwrap_or_else(|_| Err(Unreachable(GivenUp::NoAnswer(within).to_string())));
            if let Err(Unreachable(why)) = &outcome {
                reason.lock().clone_from(why);
            }
            outcome
        }
        .boxed()
    }
}
