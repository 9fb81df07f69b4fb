//! Bounds of what a broken file can do.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mcap::McapError;

use crate::recording::RecordingError;

/// A record longer than this, or a chunk that would be when it is unpacked, is taken for a broken one, in bytes.
pub(super) const LONGEST_RECORD: usize = 256 << 20;

/// Runs the library's readers. Where the lengths in a file do not add up, some of their sums overflow, which is a panic in
/// builds that check for it (mcap 0.26, records that are longer than their uncompressed chunk).
pub(super) fn guarded<T, E: Into<RecordingError>>(
    read: impl FnOnce() -> Result<T, E>,
) -> Result<T, RecordingError> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(result) => result.map_err(E::into),
        Err(_) => Err(McapError::UnexpectedEoc.into()),
    }
}
