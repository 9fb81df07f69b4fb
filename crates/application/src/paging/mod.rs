//! Keyset pagination: a page starts after the last item of the previous one, so items that are inserted in the meantime
//! neither repeat nor hide others.

mod cursor;
mod request;

use domain::Violations;
use validator::{Validate, ValidationError};

use crate::validation::{self, fault_of_whole};

pub(crate) use cursor::Cursor;
pub use request::{Page, PageEnd, PageRequest};

const NO_CURSOR: &str = "must be a cursor from a page of the same list in the same order";

/// [`PageQuery::MAX_FIRST`], in the type of the fields that it limits.
const MAX_FIRST: i64 = 500;

/// A page as requested by a caller: the `first` or the `last` items between two cursors. The terms are those of the
/// Relay Cursor Connections specification.
#[derive(Debug, Clone, Default, PartialEq, Eq, Validate)]
#[validate(schema(function = has_one_end, skip_on_field_errors = false))]
pub struct PageQuery {
    /// Maximum number of items, counted from the start; [`PageQuery::DEFAULT_FIRST`] if neither this nor `last` is
    /// given.
    #[validate(range(min = 1, max = MAX_FIRST))]
    pub first: Option<i64>,
    /// Cursor of the item before the page. An empty cursor is treated as none.
    pub after: Option<String>,
    /// Maximum number of items, counted from the end. Must not be combined with `first`.
    #[validate(range(min = 1, max = MAX_FIRST))]
    pub last: Option<i64>,
    /// Cursor of the item after the page. An empty cursor is treated as none.
    pub before: Option<String>,
}

impl PageQuery {
    /// Default size of a page.
    pub const DEFAULT_FIRST: u32 = request::DEFAULT_SIZE;
    /// Maximum size of a page.
    pub const MAX_FIRST: u32 = MAX_FIRST as u32;

    #[must_use]
    pub const fn forward(first: Option<i64>, after: Option<String>) -> Self {
        Self {
            first,
            after,
            last: None,
            before: None,
        }
    }

    /// Returns the request to a store. `place` converts a cursor to a position in the list.
    ///
    /// # Errors
    /// Returns violations for `first` and `last` unless they are between 1 and [`PageQuery::MAX_FIRST`], for `last` if
    /// both are given, and for `after` and `before` unless they are cursors of this list.
    pub(crate) fn checked<Place>(
        &self,
        place: impl Fn(Cursor) -> Option<Place>,
    ) -> Result<PageRequest<Place>, Violations> {
        let mut faults = Violations::default();
        faults.join(validation::check(self));
        let place_of = |cursor: &Option<String>| {
            let cursor = cursor.as_deref().filter(|text| !text.is_empty());
            cursor
                .map(|text| Cursor::decode(text).and_then(&place).ok_or(NO_CURSOR))
                .transpose()
        };
        let after = faults.keep("after", place_of(&self.after));
        let before = faults.keep("before", place_of(&self.before));
        faults.into_result()?;
        let size = |given: Option<i64>| given.and_then(|size| u32::try_from(size).ok());
        let (size, end) = match (size(self.first), size(self.last)) {
            (None, Some(last)) => (last, PageEnd::Last),
            (first, _) => (first.unwrap_or(Self::DEFAULT_FIRST), PageEnd::First),
        };
        Ok(PageRequest {
            size,
            end,
            after: after.flatten(),
            before: before.flatten(),
        })
    }
}

fn has_one_end(query: &PageQuery) -> Result<(), ValidationError> {
    if query.first.is_some() && query.last.is_some() {
        return Err(fault_of_whole("last", "must not be given together with first"));
    }
    Ok(())
}

/// A page as returned to a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<T> {
    /// Items in the order of the list.
    pub entries: Vec<Entry<T>>,
    /// Whether the list has items after the page.
    pub has_next: bool,
    /// Whether the list has items before the page.
    pub has_previous: bool,
}

/// An item of a list with its cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<T> {
    /// Cursor of the item, to request the page after or before it.
    pub cursor: String,
    pub item: T,
}

impl<T> Listing<T> {
    /// Returns the page with cursors. The store has determined whether the list continues in the direction of the
    /// request. In the other direction, it continues if the request has a cursor there, because the cursor denotes an
    /// item outside the page.
    pub(crate) fn of<Place>(
        page: Page<T>,
        request: &PageRequest<Place>,
        cursor: impl Fn(&T) -> Cursor,
    ) -> Self {
        let Page { items, has_more } = page;
        let goes_on = |end| has_more && request.end == end;
        let has_next = goes_on(PageEnd::First) || request.before.is_some();
        let has_previous = goes_on(PageEnd::Last) || request.after.is_some();
        let entry = |item| Entry {
            cursor: cursor(&item).encode(),
            item,
        };
        Self {
            entries: items.into_iter().map(entry).collect(),
            has_next,
            has_previous,
        }
    }

    #[must_use]
    pub fn end_cursor(&self) -> Option<&str> {
        self.entries.last().map(|entry| entry.cursor.as_str())
    }

    #[must_use]
    pub fn into_items(self) -> Vec<T> {
        self.entries.into_iter().map(|entry| entry.item).collect()
    }
}

#[cfg(test)]
mod tests;
