//! Automatic persisted queries, as supported by Apollo clients
//! (<https://www.apollographql.com/docs/apollo-server/performance/apq>): a client sends the hash of a document, and the
//! document itself only if the server does not know the hash.

use std::sync::Arc;

use moka::sync::Cache;
use sha2::{Digest as _, Sha256};

use crate::{
    problem::{Code, Problem},
    request::{Hash, Incoming, Request, ToKeep},
};

/// Maximum total size of all stored documents.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Maximum size of a stored document. A larger document is executed but not stored.
const MAX_DOCUMENT_BYTES: usize = 64 * 1024;

/// Estimated memory that a stored document takes in addition to its bytes.
const OVERHEAD_BYTES: usize = 256;

/// Store of the documents that clients may refer to by their hash. Its size is bounded: rarely used documents are
/// evicted, and clients send them again. Clones share the store.
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

    /// Completes a request with its document.
    ///
    /// # Errors
    /// Returns [`Code::PersistedQueryNotFound`] for an unknown hash; [`Code::BadUserInput`] if the hash does not match
    /// the document, or if both are missing.
    pub(crate) fn complete(&self, incoming: Incoming) -> Result<Request, Problem> {
        let Incoming {
            query,
            persisted,
            operation_name,
            variables,
            trace_parent: _,
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

    /// Stores a document for later requests that only contain its hash.
    pub(crate) fn keep(&self, ToKeep { hash, document }: &ToKeep) {
        self.0.insert(*hash, Arc::clone(document));
    }
}

/// Checks that a hash matches its document. Otherwise a client could store a document under the hash of another
/// document, and other clients would execute it.
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

/// Returns the error that makes a client send the document. Clients recognise it by its exact message or its code.
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
            trace_parent: None,
        }
    }

    fn hash(query: &str) -> Hash {
        Sha256::digest(query.as_bytes()).into()
    }

    /// Sends a document with its hash, and stores it. Returns `true` if it was stored.
    fn register(queries: &PersistedQueries, query: &str) -> bool {
        let request = queries.complete(incoming(Some(query), Some(hash(query))));
        let to_keep = request.expect("the hash fits").to_keep;
        to_keep.iter().for_each(|to_keep| queries.keep(to_keep));
        to_keep.is_some()
    }

    #[test]
    fn a_stored_document_is_found_by_its_hash() {
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
    fn a_document_with_a_wrong_hash_is_rejected_and_not_stored() {
        let queries = PersistedQueries::new();
        let wrong = hash("{ a }");
        let refused = queries.complete(incoming(Some("{ b }"), Some(wrong)));
        assert_eq!(refused.expect_err("poisoned").code, Code::BadUserInput);
        let unknown = queries.complete(incoming(None, Some(wrong)));
        assert_eq!(unknown.expect_err("not kept").code, Code::PersistedQueryNotFound);
    }

    #[test]
    fn stored_documents_are_limited_in_size_and_total_size() {
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
