use std::{collections::HashMap, fmt, hash::Hash, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::OnceCell;

/// Shares one answer between concurrent identical questions. Answers are not cached: a question that arrives after all
/// concurrent calls have completed is asked again.
pub struct AskedOnce<K, V>(Mutex<HashMap<K, Arc<OnceCell<V>>>>);

impl<K, V> Default for AskedOnce<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash + Clone, V: Clone> AskedOnce<K, V> {
    /// Returns the result of `answer`, or of a concurrent call with the same question. If the call that runs `answer`
    /// fails or is dropped, the next waiting call runs its own.
    ///
    /// # Errors
    /// Returns the errors of `answer`.
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

/// A pending call. The last call for a question removes it from the map.
struct Asked<'a, K: Eq + Hash, V> {
    cell: Arc<OnceCell<V>>,
    of: &'a AskedOnce<K, V>,
    question: K,
}

impl<K: Eq + Hash, V> Drop for Asked<'_, K, V> {
    fn drop(&mut self) {
        let mut questions = self.of.0.lock();
        // The map holds one reference and this call another. Further references are cloned under the lock only.
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
    async fn concurrent_identical_questions_share_an_answer() {
        let questions = AskedOnce::default();
        let asked = AtomicU32::new(0);
        let answer = async || {
            tokio::task::yield_now().await;
            Ok::<_, Infallible>(asked.fetch_add(1, Ordering::Relaxed))
        };
        let answers = join_all((0..9).map(|_| questions.ask("a", answer()))).await;
        assert_eq!(answers, vec![Ok(0); 9]);
        assert_eq!(
            questions.ask("a", answer()).await,
            Ok(1),
            "answers are not cached"
        );
        assert!(questions.0.lock().is_empty());
    }

    #[tokio::test]
    async fn after_a_failure_the_next_caller_asks() {
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
