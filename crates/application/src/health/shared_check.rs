//! The check of one dependency, shared by all callers.

use std::{sync::Arc, time::Duration};

use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared, WeakShared},
};
use parking_lot::Mutex;
use tokio::time::{Instant, timeout};

use super::status::{Answer, Status};
use crate::{
    error::Error,
    ports::{Capability, CircuitState, Dependency},
};

/// Maximum time for a dependency to answer.
pub(super) const TIMEOUT: Duration = Duration::from_secs(1);

/// Time for which an answer is reused, because the endpoints need no token and most requests should not reach a store.
pub(super) const FRESH_FOR: Duration = Duration::from_millis(500);

type Question = BoxFuture<'static, Answer>;

/// A dependency and its latest answer. Clones share the answer.
#[derive(Clone)]
pub(super) struct SharedCheck {
    dependency: Arc<dyn Dependency>,
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    /// The pending check. The reference is weak, so the check is dropped with its last caller.
    question: Option<WeakShared<Question>>,
    answer: Option<(Answer, Instant)>,
}

impl SharedCheck {
    pub(super) fn new(dependency: Arc<dyn Dependency>) -> Self {
        Self {
            dependency,
            known: Arc::default(),
        }
    }

    pub(super) fn circuit(&self) -> Option<CircuitState> {
        self.dependency.circuit()
    }

    pub(super) async fn answer(&self) -> Answer {
        let question = {
            let mut known = self.known.lock();
            if let Some((answer, at)) = &known.answer
                && at.elapsed() < FRESH_FOR
            {
                return answer.clone();
            }
            // A completed check has stored its answer, which is too old by now, so only a pending check is joined.
            let under_way = known.question.as_ref().and_then(WeakShared::upgrade);
            match under_way.filter(|shared| shared.peek().is_none()) {
                Some(under_way) => under_way,
                None => {
                    let next = ask(Arc::clone(&self.dependency), Arc::clone(&self.known));
                    let next: Shared<Question> = next.boxed().shared();
                    known.question = next.downgrade();
                    next
                }
            }
        };
        question.await
    }
}

async fn ask(dependency: Arc<dyn Dependency>, known: Arc<Mutex<Known>>) -> Answer {
    let asked_at = Instant::now();
    let answered = timeout(TIMEOUT, dependency.check()).await;
    let latency = asked_at.elapsed();
    let answer = match answered.unwrap_or_else(|elapsed| Err(Error::unavailable(dependency.name(), elapsed)))
    {
        Ok(Capability::ReadWrite) => Answer::Given { latency },
        Ok(Capability::ReadOnly { reason }) => Answer::ReadOnly { latency, reason },
        Err(error) => Answer::Missing {
            latency,
            error: Arc::new(error),
        },
    };
    let before = known.lock().answer.replace((answer.clone(), Instant::now()));
    let was = before.map_or(Status::Up, |(before, _)| before.status());
    if was != answer.status() {
        log_change(dependency.name(), &answer);
    }
    answer
}

/// Logs a change of the status. Other answers are not logged, because the endpoints need no token and requests must not
/// fill the log.
fn log_change(dependency: &str, answer: &Answer) {
    match answer {
        Answer::Embedded | Answer::Given { .. } => {
            tracing::info!(dependency, "a dependency is available again")
        }
        Answer::ReadOnly { reason, .. } => tracing::warn!(dependency, reason, "a dependency rejects writes"),
        Answer::Missing { error, .. } => {
            tracing::warn!(dependency, error = error.chain(), "a dependency is unavailable");
        }
    }
}
