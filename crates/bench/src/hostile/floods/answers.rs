//! Responses to an attack.

use std::{collections::BTreeMap, fmt, sync::Arc};

use tokio::sync::Mutex;

/// Number of responses of each kind: a status, or the way in which the server ended a request or a connection.
#[derive(Debug, Clone, Default)]
pub(in crate::hostile) struct Answers(BTreeMap<String, u32>);

/// Responses that several tasks count.
pub(super) type Counted = Arc<Mutex<Answers>>;

impl Answers {
    pub(in crate::hostile) fn count(&mut self, answer: impl Into<String>) {
        *self.0.entry(answer.into()).or_default() += 1;
    }

    /// Returns the number of responses of a kind.
    pub(in crate::hostile) fn of_kind(&self, answer: &str) -> u32 {
        self.0.get(answer).copied().unwrap_or_default()
    }
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self
            .0
            .iter()
            .map(|(answer, count)| format!("{count} × {answer}"))
            .collect();
        f.write_str(&parts.join(", "))
    }
}
