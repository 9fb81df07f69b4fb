//! Selections of dead letters.

use domain::{VehicleId, Violations};
use uuid::Uuid;

use crate::{
    paging::{Cursor, PageQuery, PageRequest},
    ports::DeadLetterId,
    telemetry::{DeadLetter, Reason},
};

/// Names of the lists in cursors, by their order.
pub(super) const NEWEST_FIRST: &str = "deadLetters";
pub(super) const OLDEST_FIRST: &str = "deadLetters:oldestFirst";

/// Filter for dead letters. A field that is `None` matches every letter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeadLetterFilter {
    /// Reason for the rejection.
    pub reason: Option<Reason>,
    /// Vehicle that the message names.
    pub vehicle: Option<VehicleId>,
}

impl DeadLetterFilter {
    #[must_use]
    pub(super) fn matches(&self, letter: &DeadLetter) -> bool {
        self.reason.is_none_or(|reason| reason == letter.rejection.reason)
            && self
                .vehicle
                .is_none_or(|vehicle| Some(vehicle) == letter.vehicle_id)
    }
}

/// Query for dead letters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadLetterQuery {
    pub filter: DeadLetterFilter,
    /// Maximum number of letters, see [`PageQuery::first`].
    pub first: Option<i64>,
    /// Cursor after which the letters begin.
    pub after: Option<String>,
}

impl DeadLetterQuery {
    /// Checks the query, so that an API can report its faults together with others.
    ///
    /// # Errors
    /// Returns the violations of `first` and `after`.
    pub fn check(&self) -> Result<(), Violations> {
        self.checked(NEWEST_FIRST).map(drop)
    }

    /// Returns the request for a page. `list` is the name of the list in cursors.
    pub(super) fn checked(&self, list: &str) -> Result<PageRequest<DeadLetterId>, Violations> {
        PageQuery::forward(self.first, self.after.clone()).checked(|cursor| id_of(&cursor, list))
    }
}

/// Letters to replay or drop together: the oldest ones that match a query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadLetterBatch {
    pub query: DeadLetterQuery,
    /// Newest letter that the batch may contain, so that letters that are stored in the meantime are not affected;
    /// `None` for no limit.
    pub until: Option<DeadLetterId>,
}

impl DeadLetterBatch {
    /// Checks the batch, so that an API can report its faults together with others.
    ///
    /// # Errors
    /// Returns the violations of `first` and `after`.
    pub fn check(&self) -> Result<(), Violations> {
        self.query.checked(OLDEST_FIRST).map(drop)
    }
}

pub(super) fn cursor_of(list: &str, id: DeadLetterId) -> Cursor {
    Cursor {
        list: list.to_owned(),
        key: id.to_string(),
        id: Uuid::nil(),
    }
}

fn id_of(cursor: &Cursor, list: &str) -> Option<DeadLetterId> {
    (cursor.list == list).then(|| cursor.key.parse().ok()).flatten()
}
