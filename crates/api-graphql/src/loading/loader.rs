//! Loader that combines the requests for individual keys into one call.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::Arc,
};

use application::{
    ports::{SpanEnd, SpanKind, SpanStart},
    spans,
};
use futures::{
    FutureExt as _,
    channel::oneshot,
    future::{BoxFuture, Shared},
};
use parking_lot::Mutex;

use super::stall::Queue;
use crate::problem::Problem;

/// Values found by a call, by key, or the error of the call.
pub(super) type Found<K, V> = Result<HashMap<K, V>, Problem>;

type Answer<K, V> = Shared<oneshot::Receiver<Arc<Found<K, V>>>>;
type Fetch<K, V> = Box<dyn Fn(Vec<K>) -> BoxFuture<'static, Found<K, V>> + Send + Sync>;

/// Loader that requests values in batches and caches them, so that each key is requested once. It must not outlive the
/// validity of its values.
pub(crate) struct Loader<K, V> {
    /// Name of the values, for traces.
    name: &'static str,
    queue: Arc<Queue>,
    inner: Arc<Inner<K, V>>,
}

struct Inner<K, V> {
    fetch: Fetch<K, V>,
    gathered: Mutex<Gathered<K, V>>,
}

struct Gathered<K, V> {
    /// For each requested key, the result of its call, which is available once the call is complete.
    answers: HashMap<K, Answer<K, V>>,
    /// Call that is queued and has not been started.
    next: Option<Next<K, V>>,
}

struct Next<K, V> {
    keys: HashSet<K>,
    answer: Answer<K, V>,
}

impl<K, V> Loader<K, V>
where
    K: Copy + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Creates a loader, whose calls are made by `fetch`. They wait in `queue` until the operation is stalled.
    pub(super) fn new<F>(
        name: &'static str,
        queue: Arc<Queue>,
        fetch: impl Fn(Vec<K>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Found<K, V>> + Send + 'static,
    {
        let gathered = Gathered {
            answers: HashMap::new(),
            next: None,
        };
        Self {
            name,
            queue,
            inner: Arc::new(Inner {
                fetch: Box::new(move |keys| fetch(keys).boxed()),
                gathered: Mutex::new(gathered),
            }),
        }
    }

    /// Returns the value of a key, `None` if there is none, or the error of the call.
    pub(super) async fn load(&self, key: K) -> Result<Option<V>, Problem> {
        let answer = self.answer_for(key);
        match answer.await.as_deref() {
            Ok(Ok(found)) => Ok(found.get(&key).cloned()),
            Ok(Err(problem)) => Err(problem.clone()),
            // This only happens while the operation is being dropped: it owns both its calls and the fields that are
            // waiting for them.
            Err(oneshot::Canceled) => Err(Problem::unavailable("the operation was cancelled")),
        }
    }

    fn answer_for(&self, key: K) -> Answer<K, V> {
        let mut gathered = self.inner.gathered.lock();
        let Gathered { answers, next } = &mut *gathered;
        if let Some(answer) = answers.get(&key) {
            return answer.clone();
        }
        // The queue is locked while this lock is held, never the other way round.
        let next = next.get_or_insert_with(|| self.queue_call());
        next.keys.insert(key);
        answers.insert(key, next.answer.clone());
        next.answer.clone()
    }

    /// Queues a call for all keys that are added until it is started.
    fn queue_call(&self) -> Next<K, V> {
        let (sender, receiver) = oneshot::channel();
        let (inner, name) = (Arc::clone(&self.inner), self.name);
        self.queue.put(async move {
            // From here on, new keys go into another call.
            let next = inner.gathered.lock().next.take();
            let keys = next.map(|next| next.keys).unwrap_or_default();
            let span = spans::open(|| SpanStart {
                name: format!("graphql.load {name}").into(),
                kind: SpanKind::Internal,
                attributes: vec![("fleetwatch.keys", keys.len().into())],
            });
            let fetching = (inner.fetch)(keys.into_iter().collect());
            let found = spans::within(span, fetching, |found: &Found<K, V>| {
                SpanEnd::of(found.as_ref().err().map(|problem| problem.code.as_str()))
            })
            .await;
            // Sending fails if all receivers have been dropped.
            let _ = sender.send(Arc::new(found));
        });
        Next {
            keys: HashSet::new(),
            answer: receiver.shared(),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::{StreamExt as _, future::join_all, stream::FuturesOrdered};

    use super::*;
    use crate::loading::drive;

    type Calls = Arc<Mutex<Vec<Vec<u32>>>>;

    /// Creates a loader that finds the squares of even numbers only, with a log of its calls.
    fn squares(queue: &Arc<Queue>) -> (Arc<Loader<u32, u32>>, Calls) {
        let calls = Calls::default();
        let log = Arc::clone(&calls);
        let loader = Loader::new("squares", Arc::clone(queue), move |mut keys: Vec<u32>| {
            keys.sort_unstable();
            log.lock().push(keys.clone());
            async move {
                tokio::task::yield_now().await;
                Ok(keys
                    .into_iter()
                    .filter(|key| key % 2 == 0)
                    .map(|key| (key, key * key))
                    .collect())
            }
        });
        (Arc::new(loader), calls)
    }

    /// Uses nested sets of futures, as Juniper does for lists. Each set yields after it has polled all its futures.
    #[tokio::test]
    async fn keys_that_are_loaded_concurrently_are_requested_in_one_call() {
        for items in [1_u32, 10, 500] {
            let queue = Arc::new(Queue::default());
            let (loader, calls) = squares(&queue);
            let operation = async {
                let item = |n: u32| {
                    let loader = Arc::clone(&loader);
                    async move {
                        let fields = [n, n, n + 1].map(|key| loader.load(key));
                        fields
                            .into_iter()
                            .collect::<FuturesOrdered<_>>()
                            .collect::<Vec<_>>()
                            .await
                    }
                };
                (0..items)
                    .map(item)
                    .collect::<FuturesOrdered<_>>()
                    .collect::<Vec<_>>()
                    .await
            };
            let found = drive(&queue, operation).await;
            assert_eq!(found[0], [Ok(Some(0)), Ok(Some(0)), Ok(None)]);
            let expected: Vec<u32> = (0..=items).collect();
            assert_eq!(*calls.lock(), [expected]);
        }
    }

    #[tokio::test]
    async fn cached_keys_are_not_requested_again() {
        let queue = Arc::new(Queue::default());
        let (loader, calls) = squares(&queue);
        let operation = async {
            loader.load(2).await?;
            join_all([loader.load(2), loader.load(4)])
                .await
                .into_iter()
                .collect::<Result<Vec<_>, _>>()
        };
        assert_eq!(drive(&queue, operation).await, Ok(vec![Some(4), Some(16)]));
        assert_eq!(*calls.lock(), [vec![2], vec![4]]);
    }

    #[tokio::test]
    async fn a_failed_call_fails_all_its_keys() {
        let queue = Arc::new(Queue::default());
        let problem = Problem::unavailable("Redis is unavailable");
        let loader: Loader<u32, u32> = Loader::new("squares", Arc::clone(&queue), {
            let problem = problem.clone();
            move |_| std::future::ready(Err(problem.clone()))
        });
        let found = drive(&queue, join_all([loader.load(1), loader.load(2)])).await;
        assert_eq!(found, [Err(problem.clone()), Err(problem)]);
    }
}
