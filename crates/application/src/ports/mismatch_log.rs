use async_trait::async_trait;
use domain::{VehicleId, telemetry::Timestamp, vehicle::MismatchKind};

use crate::error::Result;

/// A mismatch between the registry, the live table of a server and the live keys, which that server has found and
/// repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncMismatch {
    /// The vehicle; `None` for a foreign member that is not the id of a vehicle.
    pub vehicle_id: Option<VehicleId>,
    /// Kind of the mismatch.
    pub kind: MismatchKind,
    /// Description of the differences, for operators.
    pub detail: String,
    /// Time of the repair.
    pub at: Timestamp,
}

impl SyncMismatch {
    /// Maximum length of the description, in characters.
    pub const DETAIL_CHARS: usize = 500;
}

/// Place in a [`MismatchLog`]; the default is its start. The text is only meaningful to the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MismatchPlace(pub String);

/// Part of a [`MismatchLog`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MismatchPage {
    /// Mismatches, the oldest first.
    pub mismatches: Vec<SyncMismatch>,
    /// Place after these mismatches; the requested one if there are none.
    pub next: MismatchPlace,
}

/// The log of mismatches, which all servers share. It announces them to watchers: every server reads it, and so may
/// other programs.
#[async_trait]
pub trait MismatchLog: Send + Sync {
    /// Appends mismatches. The log keeps about 10,000 of them and drops the oldest ones.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] when the log is unreachable; some of the mismatches may have been
    /// appended.
    async fn append(&self, mismatches: &[SyncMismatch]) -> Result<()>;

    /// Returns up to [`MISMATCHES_AT_ONCE`] mismatches after a place. A reader that passes the returned place receives
    /// each later mismatch exactly once, unless it was dropped. Entries that cannot be parsed are skipped.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] when the log is unreachable.
    async fn read_after(&self, place: &MismatchPlace) -> Result<MismatchPage>;
}

/// Maximum number of entries that [`MismatchLog::read_after`] reads.
pub const MISMATCHES_AT_ONCE: usize = 1_000;
