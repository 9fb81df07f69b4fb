//! Time limits that apply to every session, and that errors state.

use std::time::Duration;

/// Timeout of one exchange (a query or a transaction).
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Maximum time that a statement waits for a lock. It is shorter than [`ANSWER_WITHIN`], so that the caller learns why
/// there is no result.
pub(crate) const LOCK_WITHIN: Duration = Duration::from_secs(2);
