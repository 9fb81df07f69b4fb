//! A check whose result all callers share.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared, WeakShared},
};
use parking_lot::Mutex;
use tokio::time::Instant;

/// Time for which a result is reused, because the endpoints need no token and most requests should not reach a store.
pub(super) const FRESH_FOR: Duration = Duration::from_millis(500);

/// Something that can be checked.
#[async_trait]
pub(super) trait Check: Send + Sync + 'static {
    /// Result of the check.
    type Outcome: Clone + Send + Sync + 'static;

    /// Runs the check. `before` is its last outcome. Implementations limit the time; the future may be dropped.
    async fn run(&self, before: Option<Self::Outcome>) -> Self::Outcome;

    /// Returns the time for which an outcome is reused, given how long its check took.
    fn fresh_for(&self, _outcome: &Self::Outcome, _took: Duration) -> Duration {
        FRESH_FOR
    }
}

type Running<T> = BoxFuture<'static, T>;

/// A check and its latest outcome. However many callers there are, at most one run of the check is in progress. Clones
/// share the outcome.
pub(super) struct SharedCheck<C: Check> {
    check: Arc<C>,
    known: Arc<Mutex<Known<C::Outcome>>>,
}

struct Known<T> {
    /// The pending check. The reference is weak, so the check is dropped with its last caller.
    running: Option<WeakShared<Running<T>>>,
    latest: Option<Latest<T>>,
}

struct Latest<T> {
    outcome: T,
    fresh_until: Instant,
}

impl<C: Check> SharedCheck<C> {
    pub(super) fn new(check: C) -> Self {
        let known = Known {
            running: None,
            latest: None,
        };
        Self {
            check: Arc::new(check),
            known: Arc::new(Mutex::new(known)),
        }
    }

    /// Returns the check.
    pub(super) fn check(&self) -> &C {
        &self.check
    }

    pub(super) async fn outcome(&self) -> C::Outcome {
        let running = {
            let mut known = self.known.lock();
            if let Some(latest) = &known.latest
                && Instant::now() < latest.fresh_until
            {
                return latest.outcome.clone();
            }
            // A completed check has stored its outcome, which is too old by now, so only a pending check is joined.
            let pending = known.running.as_ref().and_then(WeakShared::upgrade);
            match pending.filter(|shared| shared.peek().is_none()) {
                Some(pending) => pending,
                None => {
                    let next = run(Arc::clone(&self.check), Arc::clone(&self.known));
                    let next: Shared<Running<C::Outcome>> = next.boxed().shared();
                    known.running = next.downgrade();
                    next
                }
            }
        };
        running.await
    }
}

async fn run<C: Check>(check: Arc<C>, known: Arc<Mutex<Known<C::Outcome>>>) -> C::Outcome {
    let before = known.lock().latest.as_ref().map(|latest| latest.outcome.clone());
    let began = Instant::now();
    let outcome = check.run(before).await;
    let now = Instant::now();
    let fresh_until = now + check.fresh_for(&outcome, now - began);
    known.lock().latest = Some(Latest {
        outcome: outcome.clone(),
        fresh_until,
    });
    outcome
}

impl<C: Check> Clone for SharedCheck<C> {
    fn clone(&self) -> Self {
        Self {
            check: Arc::clone(&self.check),
            known: Arc::clone(&self.known),
        }
    }
}
