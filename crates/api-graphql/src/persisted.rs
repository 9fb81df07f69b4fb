//! Persisted queries as Apollo clients use them
//! (<https://www.apollographql.com/docs/apollo-server/performance/apq>): a client sends the hash of a document instead of
//! the document, and the document itself only when the server says that it does not know it.

use std::sync::Arc;

use moka::sync::Cache;
use sha2::{Digest as _, Sha256};

use crate::{
    problem::{Code, Problem},
    request::{Hash, Incoming, Request, ToKeep},
};

/// The most bytes that all kept documents have together.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The most bytes of a document that is kept; a longer one is executed all the same.
const MAX_DOCUMENT_BYTES: usize = 64 * 1024;

/// What a kept document costs beside its bytes.
const OVERHEAD_BYTES: usize = 256;

/// The documents that clients may name by their hash. Bounded by their bytes: what is seldom asked for goes first, and
/// its clients send it again. Clones share them.
#[derive(Clone)]
pub(crate) struct PersistedQueries(Cache<Hash, Arc<str>>);

impl PersistedQueries {
    pub(crate) fn new() -> Self {
        let weight = |_: &Hash, document: &Arc<str>| {
            u32::try_from(document.len() + OVERHEAD_BYTES).unwrap_or(u32::MAX)
        };
        let cache = Cache::builder().max_capacity(MAX_BYTES).weigher(weight);
        Self(cache.build())
    }

    /// Finds the document of a request.
    ///
    /// # Errors
    /// [`Code::PersistedQueryNotFound`] for a hash that is not known; [`Code::BadUserInput`] for one that is not the
    /// document's, or when there is neither.
    pub(crate) fn complete(&self, incoming: Incoming) -> Result<Request, Problem> {
        let Incoming {
            query,
            persisted,
            operation_name,
            variables,
        } = incoming;
        let (query, to_keep) = match (query, persisted) {
            (Some(query), None) => (query, None),
            (Some(query), Some(hash)) => {
                let to_keep = checked(&query, hash)?;
                (query, to_keep)
            }
            (None, Some(hash)) => match self.0.get(&hash) {
                Some(document) => (document.as_ref().to_owned(), None),
                None => return Err(not_found()),
            },
            (None, None) => return Err(Problem::bad_field("query", "must be given")),
        };
        Ok(Request {
            query,
            operation_name,
            variables,
            to_keep,
        })
    }

    /// Keeps a document for those who send its hash alone.
    pub(crate) fn keep(&self, ToKeep { hash, document }: &ToKeep) {
        self.0.insert(*hash, Arc::clone(document));
    }
}

/// Checks that a hash is the document's: another client would get this document for that hash.
fn checked(query: &str, hash: Hash) -> Result<Option<ToKeep>, Problem> {
    let actual: Hash = Sha256::digest(query.as_bytes()).into();
    if actual != hash {
        let field = "extensions.persistedQuery.sha256Hash";
        return Err(Problem::bad_field(field, "must be the SHA-256 of the query"));
    }
    let is_kept = query.len() <= MAX_DOCUMENT_BYTES;
    Ok(is_kept.then(|| ToKeep {
        hash,
        document: query.into(),
    }))
}

/// The error after which a client sends the document. Clients recognise it by this very message, or by the code.
fn not_found() -> Problem {
    Problem::new(Code::PersistedQueryNotFound, "PersistedQueryNotFound")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incoming(query: Option<&str>, persisted: Option<Hash>) -> Incoming {
        Incoming {
            query: query.map(str::to_owned),
            persisted,
            operation_name: None,
            variables: Default::default(),
        }
    }

    fn hash(query: &str) -> Hash {
        Sha256::digest(query.as_bytes()).into()
    }

    /// Sends a document with its hash, and has it kept.
    fn register(queries: &PersistedQueries, query: &str) -> bool {
        let request = queries.complete(incoming(Some(query), Some(hash(query))));
        let to_keep = request.expect("the hash fits").to_keep;
        to_keep.iter().for_each(|to_keep| queries.keep(to_keep));
        to_keep.is_some()
    }

    #[test]
    fn a_document_is_found_by_its_hash_once_it_was_kept() {
        let queries = PersistedQueries::new();
        let query = "{ __typename }";
        let by_hash = || queries.complete(incoming(None, Some(hash(query))));
        assert_eq!(
            by_hash().expect_err("not known yet").code,
            Code::PersistedQueryNotFound
        );
        assert!(register(&queries, query));
        assert_eq!(by_hash().expect("known").query, query);
    }

    #[test]
    fn a_document_under_another_hash_is_refused_and_not_kept() {
        let queries = PersistedQueries::new();
        let wrong = hash("{ a }");
        let refused = queries.complete(incoming(Some("{ b }"), Some(wrong)));
        assert_eq!(refused.expect_err("poisoned").code, Code::BadUserInput);
        let unknown = queries.complete(incoming(None, Some(wrong)));
        assert_eq!(unknown.expect_err("not kept").code, Code::PersistedQueryNotFound);
    }

    #[test]
    fn documents_are_kept_up_to_a_size_and_a_sum_of_bytes() {
        let queries = PersistedQueries::new();
        let long = |n: usize, bytes: usize| format!("{{ a }} # {n} {}", "x".repeat(bytes));
        assert!(!register(&queries, &long(0, MAX_DOCUMENT_BYTES)));
        for n in 0..1_000 {
            assert!(register(&queries, &long(n, 60_000)));
        }
        queries.0.run_pending_tasks();
        assert!(queries.0.weighted_size() <= MAX_BYTES);
        assert!(queries.0.entry_count() > 0);
    }
}
