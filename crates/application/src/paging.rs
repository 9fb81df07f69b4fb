//! Pages of a list, by keyset: a page begins after the last item of the one before, so rows that are added
//! meanwhile neither repeat nor hide others.

mod cursor;

use domain::Violations;

pub(crate) use cursor::Cursor;

/// Which page, as a caller says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageQuery {
    /// How many items at most; [`PageQuery::DEFAULT_FIRST`] when nobody says.
    pub first: Option<i64>,
    /// The cursor of the item before the page.
    pub after: Option<String>,
}

impl PageQuery {
    /// How many items a page has when nobody says.
    pub const DEFAULT_FIRST: u32 = 50;
    /// The most items of a page.
    pub const MAX_FIRST: u32 = 500;

    /// The page as stores know it; `place` reads the cursor's place in the list.
    ///
    /// # Errors
    /// `first` when it is not 1 to [`PageQuery::MAX_FIRST`], `after` when it is no cursor of this list.
    pub(crate) fn checked<Place>(
        &self,
        place: impl FnOnce(Cursor) -> Option<Place>,
    ) -> Result<PageRequest<Place>, Violations> {
        let mut faults = Violations::default();
        let first = faults.keep("first", checked_first(self.first));
        let after = self
            .after
            .as_deref()
            .map(|text| Cursor::decode(text).and_then(place).ok_or(NO_CURSOR))
            .transpose();
        match (first, faults.keep("after", after)) {
            (Some(first), Some(after)) => Ok(PageRequest { first, after }),
            _ => Err(faults),
        }
    }
}

const NO_CURSOR: &str = "must be a cursor of an earlier page of the same list in the same order";

fn checked_first(first: Option<i64>) -> Result<u32, String> {
    let Some(first) = first else {
        return Ok(PageQuery::DEFAULT_FIRST);
    };
    match u32::try_from(first) {
        Ok(first @ 1..=PageQuery::MAX_FIRST) => Ok(first),
        _ => Err(format!("must be between 1 and {}", PageQuery::MAX_FIRST)),
    }
}

/// Which page, as a store knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest<Place> {
    /// How many items at most.
    pub first: u32,
    /// The place of the item before the page.
    pub after: Option<Place>,
}

impl<Place> PageRequest<Place> {
    /// The first page of the usual length.
    #[must_use]
    pub const fn start() -> Self {
        Self {
            first: PageQuery::DEFAULT_FIRST,
            after: None,
        }
    }
}

/// A page out of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// Its items in order.
    pub items: Vec<T>,
    /// Whether another page follows.
    pub has_next: bool,
}

impl<T> Page<T> {
    /// A page of at most `first` of `items`; one more item than that tells that another page follows.
    #[must_use]
    pub fn of(mut items: Vec<T>, first: u32) -> Self {
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        let has_next = items.len() > first;
        items.truncate(first);
        Self { items, has_next }
    }
}

/// A page as a caller gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<T> {
    /// Its items in order.
    pub entries: Vec<Entry<T>>,
    /// Whether another page follows.
    pub has_next: bool,
    /// Whether it is not the first one.
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
    pub(crate) fn of(page: Page<T>, has_previous: bool, cursor: impl Fn(&T) -> Cursor) -> Self {
        let Page { items, has_next } = page;
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
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(None, Ok(50))]
    #[case(Some(1), Ok(1))]
    #[case(Some(500), Ok(500))]
    #[case(Some(0), Err("first must be between 1 and 500"))]
    #[case(Some(501), Err("first must be between 1 and 500"))]
    #[case(Some(-1), Err("first must be between 1 and 500"))]
    #[case(Some(i64::MAX), Err("first must be between 1 and 500"))]
    fn a_page_has_1_to_500_items(#[case] first: Option<i64>, #[case] expected: Result<u32, &str>) {
        let query = PageQuery { first, after: None };
        let checked = query.checked(|_| Some(()));
        assert_eq!(
            checked
                .map(|page| page.first)
                .map_err(|faults| faults.to_string()),
            expected.map_err(str::to_owned)
        );
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let query = PageQuery {
            first: Some(0),
            after: Some("nonsense".to_owned()),
        };
        let faults = query.checked(|_| Some(())).expect_err("both are wrong");
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["first", "after"]);
    }

    #[test]
    fn one_item_more_than_asked_for_tells_of_another_page() {
        assert_eq!(
            Page::of(vec![1, 2, 3], 2),
            Page {
                items: vec![1, 2],
                has_next: true
            }
        );
        assert_eq!(
            Page::of(vec![1, 2], 2),
            Page {
                items: vec![1, 2],
                has_next: false
            }
        );
    }
}
