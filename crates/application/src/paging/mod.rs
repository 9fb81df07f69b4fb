//! Pages of a list, by keyset: a page begins after the last item of the one before, so rows that are added
//! meanwhile neither repeat nor hide others.

mod cursor;
mod request;

use domain::Violations;
use validator::{Validate, ValidationError};

use crate::validation::{self, fault_of_whole};

pub(crate) use cursor::Cursor;
pub use request::{Page, PageEnd, PageRequest};

/// Which page, as a caller says it: `first` items from the beginning, or `last` ones before the end, of what is
/// between two cursors. The Relay specification of connections defines the words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Validate)]
#[validate(schema(function = has_one_end, skip_on_field_errors = false))]
pub struct PageQuery {
    /// How many items at most, counted from the beginning; [`PageQuery::DEFAULT_FIRST`] when neither this nor `last`
    /// is given.
    #[validate(range(min = 1, max = MAX_FIRST))]
    pub first: Option<i64>,
    /// The cursor of the item before the page. An empty one is none.
    pub after: Option<String>,
    /// How many items at most, counted from the end; not together with `first`.
    #[validate(range(min = 1, max = MAX_FIRST))]
    pub last: Option<i64>,
    /// The cursor of the item behind the page. An empty one is none.
    pub before: Option<String>,
}

impl PageQuery {
    /// How many items a page has when nobody says.
    pub const DEFAULT_FIRST: u32 = request::DEFAULT_SIZE;
    /// The most items of a page.
    pub const MAX_FIRST: u32 = MAX_FIRST as u32;

    /// A page from the beginning.
    #[must_use]
    pub const fn forward(first: Option<i64>, after: Option<String>) -> Self {
        Self {
            first,
            after,
            last: None,
            before: None,
        }
    }

    /// The page as stores know it; `place` reads a cursor's place in the list.
    ///
    /// # Errors
    /// `first` or `last` when it is not 1 to [`PageQuery::MAX_FIRST`], `last` when both are given, `after` and `before`
    /// when they are no cursors of this list.
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

const NO_CURSOR: &str = "must be a cursor of another page of the same list in the same order";

/// The most items of a page, as it is compared with what callers ask for.
const MAX_FIRST: i64 = 500;

fn has_one_end(query: &PageQuery) -> Result<(), ValidationError> {
    if query.first.is_some() && query.last.is_some() {
        return Err(fault_of_whole("last", "must not be given together with first"));
    }
    Ok(())
}

/// A page as a caller gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<T> {
    /// Its items in order.
    pub entries: Vec<Entry<T>>,
    /// Whether the list goes on behind the page.
    pub has_next: bool,
    /// Whether the list begins before the page.
    pub has_previous: bool,
}

/// An item in its place in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<T> {
    /// The place, to begin a page after it.
    pub cursor: String,
    /// The item.
    pub item: T,
}

impl<T> Listing<T> {
    /// In the direction of the request the store has looked one item further. In the other one, a cursor that the
    /// request has is an item of the list itself.
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

    /// The cursor of the last item.
    #[must_use]
    pub fn end_cursor(&self) -> Option<&str> {
        self.entries.last().map(|entry| entry.cursor.as_str())
    }

    /// The items alone.
    #[must_use]
    pub fn into_items(self) -> Vec<T> {
        self.entries.into_iter().map(|entry| entry.item).collect()
    }
}

#[cfg(test)]
mod tests;
