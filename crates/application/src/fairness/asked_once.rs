use std::{collections::HashMap, fmt, hash::Hash, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::OnceCell;

/// Has a question asked once when several ask it at the same time. Nothing is remembered: who asks when all others have
/// their answer gets a new one.
pub struct AskedOnce<K, V>(Mutex<HashMap<K, Arc<OnceCell<V>>>>);

impl<K, V> Default for AskedOnce<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash + Clone, V: Clone> AskedOnce<K, V> {
    /// The answer to a question: `answer`, or that of somebody who asks the same. After a failure the next one asks.
    ///
    /// # Errors
    /// Those of `answer`.
    pub async fn ask<E>(&self, question: K, answer: impl Future<Output = Result<V, E>>) -> Result<V, E> {
        let asked = Asked {
            cell: Arc::clone(self.0.lock().entry(question.clone()).or_default()),
            of: self,
            question,
        };
        asked.cell.get_or_try_init(|| answer).await.cloned()
    }
}

impl<K, V> fmt::Debug for AskedOnce<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AskedOnce").finish_non_exhaustive()
    }
}

/// Somebody who asks. The last one takes the question off the list.
struct Asked<'a, K: Eq + Hash, V> {
    cell: Arc<OnceCell<V>>,
    of: &'a AskedOnce<K, V>,
    question: K,
}

impl<K: Eq + Hash, V> Drop for Asked<'_, K, V> {
    fn drop(&mut self) {
        let mut questions = self.of.0.lock();
        // One is in the list, one is ours. Others can only come by the list, which is locked.
        if Arc::strong_count(&self.cell) == 2 {
            questions.remove(&self.question);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        sync::atomic::{AtomicU32, Ordering},
    };

    use futures::future::join_all;

    use super::*;

    #[tokio::test]
    async fn those_who_ask_the_same_at_the_same_time_share_an_answer() {
        let questions = AskedOnce::default();
        let asked = AtomicU32::new(0);
        let answer = async || {
            tokio::task::yield_now().await;
            Ok::<_, Infallible>(asked.fetch_add(1, Ordering::Relaxed))
        };
        let answers = join_all((0..9).map(|_| questions.ask("a", answer()))).await;
        assert_eq!(answers, vec![Ok(0); 9]);
        assert_eq!(questions.ask("a", answer()).await, Ok(1), "nothing is remembered");
        assert!(questions.0.lock().is_empty());
    }

    #[tokio::test]
    async fn after_a_failure_the_next_one_asks() {
        let questions: AskedOnce<_, u32> = AskedOnce::default();
        let fails = questions.ask("a", async {
            tokio::task::yield_now().await;
            Err("away")
        });
        let (failed, answered) = futures::join!(fails, questions.ask("a", async { Ok::<_, &str>(7) }));
        assert_eq!((failed, answered), (Err("away"), Ok(7)));
        assert!(questions.0.lock().is_empty());
    }
}
