//! Protection against damaged files: a size limit, and the conversion of the library's panics into errors.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mcap::McapError;

use crate::recording::RecordingError;

/// Maximum size in bytes of a record and of a decompressed chunk. Anything larger is treated as damaged.
pub(super) const LONGEST_RECORD: usize = 256 << 20;

/// Runs a reader of the library and turns a panic into an error. If lengths in a file are inconsistent, some of the
/// reader's sums overflow, which panics in builds with overflow checks (mcap 0.26, records longer than their
/// uncompressed chunk).
pub(super) fn guarded<T, E: Into<RecordingError>>(
    read: impl FnOnce() -> Result<T, E>,
) -> Result<T, RecordingError> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(result) => result.map_err(E::into),
        Err(_) => Err(McapError::UnexpectedEoc.into()),
    }
}
