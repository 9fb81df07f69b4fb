//! Gathers keys, and hands out answers.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::Arc,
};

use futures::{
    FutureExt as _,
    channel::oneshot,
    future::{BoxFuture, Shared},
};
use parking_lot::Mutex;

use super::stall::Queue;
use crate::problem::Problem;

/// All that one call has found, or why it has found nothing.
pub(super) type Found<K, V> = Result<HashMap<K, V>, Problem>;

type Answer<K, V> = Shared<oneshot::Receiver<Arc<Found<K, V>>>>;
type Fetch<K, V> = Box<dyn Fn(Vec<K>) -> BoxFuture<'static, Found<K, V>> + Send + Sync>;

/// Asks for many things in one call, and for each of them once: it remembers. So it must not live longer than what
/// it remembers may.
pub(crate) struct Loader<K, V> {
    queue: Arc<Queue>,
    inner: Arc<Inner<K, V>>,
}

struct Inner<K, V> {
    fetch: Fetch<K, V>,
    gathered: Mutex<Gathered<K, V>>,
}

struct Gathered<K, V> {
    /// Who waits for which call.
    answers: HashMap<K, Answer<K, V>>,
    /// The call that has not been made yet.
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
    /// `fetch` makes a call; `queue` is where it waits for the operation to be stalled.
    pub(super) fn new<F>(queue: Arc<Queue>, fetch: impl Fn(Vec<K>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Found<K, V>> + Send + 'static,
    {
        let gathered = Gathered {
            answers: HashMap::new(),
            next: None,
        };
        Self {
            queue,
            inner: Arc::new(Inner {
                fetch: Box::new(move |keys| fetch(keys).boxed()),
                gathered: Mutex::new(gathered),
            }),
        }
    }

    /// What there is under a key, if anything.
    pub(super) async fn load(&self, key: K) -> Result<Option<V>, Problem> {
        let answer = self.answer_for(key);
        match answer.await.as_deref() {
            Ok(Ok(found)) => Ok(found.get(&key).cloned()),
            Ok(Err(problem)) => Err(problem.clone()),
            // Calls and those who wait for them belong to one operation, and end together.
            Err(oneshot::Canceled) => Err(Problem::unavailable("the operation was given up")),
        }
    }

    fn answer_for(&self, key: K) -> Answer<K, V> {
        let mut gathered = self.inner.gathered.lock();
        let Gathered { answers, next } = &mut *gathered;
        if let Some(answer) = answers.get(&key) {
            return answer.clone();
        }
        let next = next.get_or_insert_with(|| self.queue_call());
        next.keys.insert(key);
        answers.insert(key, next.answer.clone());
        next.answer.clone()
    }

    /// A call for all keys that are gathered until it is begun.
    fn queue_call(&self) -> Next<K, V> {
        let (sender, receiver) = oneshot::channel();
        let inner = Arc::clone(&self.inner);
        self.queue.put(async move {
            let next = inner.gathered.lock().next.take();
            let keys = next.map(|next| next.keys).unwrap_or_default();
            let found = (inner.fetch)(keys.into_iter().collect()).await;
            // Nobody may wait for it any more.
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

    /// Knows the squares of even numbers, and remembers what it was asked.
    fn squares(queue: &Arc<Queue>) -> (Arc<Loader<u32, u32>>, Calls) {
        let calls = Calls::default();
        let log = Arc::clone(&calls);
        let loader = Loader::new(Arc::clone(queue), move |mut keys: Vec<u32>| {
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

    /// As Juniper resolves lists: a set of futures in a set of futures, each of which yields when it has polled all
    /// its own.
    #[tokio::test]
    async fn what_is_wanted_side_by_side_is_asked_for_in_one_call_however_much_it_is() {
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
    async fn what_is_known_is_not_asked_for_again() {
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
    async fn a_failure_is_told_to_all_who_wait() {
        let queue = Arc::new(Queue::default());
        let problem = Problem::unavailable("redis is unavailable");
        let loader: Loader<u32, u32> = Loader::new(Arc::clone(&queue), {
            let problem = problem.clone();
            move |_| std::future::ready(Err(problem.clone()))
        });
        let found = drive(&queue, join_all([loader.load(1), loader.load(2)])).await;
        assert_eq!(found, [Err(problem.clone()), Err(problem)]);
    }
}
