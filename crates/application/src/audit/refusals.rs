//! Recording of refused operations in the audit log. It runs in the background and is limited, so a refused caller does
//! not wait for the log and cannot fill it.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{Operation, UserId};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Actor,
    ports::{AuditLog, AuditRecord, Author},
};

/// Capacity of the queue of refusals.
const MAX_WAITING: usize = 1_000;

/// Minimum time between two entries about the same user and operation. Refusals within this time are not recorded.
const ONCE_PER: Duration = Duration::from_secs(60);

/// Maximum time for writing the queued refusals when the server stops.
const LAST_WRITES: Duration = Duration::from_secs(2);

/// Number of remembered pairs of a user and an operation at which expired pairs are removed.
const MAX_REMEMBERED: usize = 10_000;

struct RefusalKey {
    author: Author,
    user: UserId,
    operation: Operation,
    record: AuditRecord,
}

/// Queues refusals for the audit log. Clones share one queue.
#[derive(Debug, Clone)]
pub struct NoteRefusals(mpsc::Sender<RefusalKey>);

impl std::fmt::Debug for RefusalKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RefusalKey").field(&self.operation).finish()
    }
}

impl NoteRefusals {
    /// Creates a queue. Returns its sender, for the endpoints, and its writer.
    #[must_use]
    pub fn new(log: Arc<dyn AuditLog>) -> (Self, RefusalWriter) {
        let (sender, waiting) = mpsc::channel(MAX_WAITING);
        let writer = RefusalWriter {
            waiting,
            log,
            written: HashMap::new(),
        };
        (Self(sender), writer)
    }

    /// Returns the number of refusals that are waiting to be written, and the capacity of the queue.
    #[must_use]
    pub fn waiting_and_capacity(&self) -> (usize, usize) {
        let capacity = self.0.max_capacity();
        (capacity - self.0.capacity(), capacity)
    }

    /// Queues a refusal. *Policy for a full queue:* the refusal is not recorded, and a warning is logged.
    pub fn note(&self, actor: &Actor, operation: Operation) {
        let refusal = RefusalKey {
            author: Author::from(actor),
            user: actor.user_id,
            operation,
            record: AuditRecord::refused(operation, actor.organization_id),
        };
        if self.0.try_send(refusal).is_err() {
            tracing::warn!(
                user.id = %actor.user_id,
                %operation,
                "a denied operation was not recorded in the audit log: the queue is full"
            );
        }
    }
}

pub struct RefusalWriter {
    waiting: mpsc::Receiver<RefusalKey>,
    log: Arc<dyn AuditLog>,
    written: HashMap<(UserId, Operation), Instant>,
}

impl RefusalWriter {
    /// Writes queued refusals until all senders are dropped, or until `stop`. After that, it writes those that are
    /// still in the queue, for up to two seconds.
    pub async fn run(mut self, stop: CancellationToken) {
        // Cancel-safe: a refusal that was received is always written.
        while let Some(Some(refusal)) = stop.run_until_cancelled(self.waiting.recv()).await {
            self.write(refusal).await;
        }
        self.waiting.close();
        let rest = timeout(LAST_WRITES, async {
            while let Some(refusal) = self.waiting.recv().await {
                self.write(refusal).await;
            }
        });
        if rest.await.is_err() {
            tracing::warn!(
                waiting = self.waiting.len(),
                "not all denied operations were recorded in the audit log before the shutdown"
            );
        }
    }

    async fn write(&mut self, refusal: RefusalKey) {
        let key = (refusal.user, refusal.operation);
        if self.written.get(&key).is_some_and(|at| at.elapsed() < ONCE_PER) {
            return;
        }
        if self.written.len() >= MAX_REMEMBERED {
            self.written.retain(|_, at| at.elapsed() < ONCE_PER);
        }
        match self.log.record(&refusal.author, refusal.record).await {
            Ok(()) => {
                // Remember a refusal only after success, so that the next one is recorded if this one was not.
                self.written.insert(key, Instant::now());
            }
            Err(error) => tracing::warn!(
                error = error.chain(),
                "could not record a denied operation in the audit log"
            ),
        }
    }
}
