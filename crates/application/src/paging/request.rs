//! Pages as stores receive and return them.

use std::cmp::Ordering;

/// Default size of a page.
pub(super) const DEFAULT_SIZE: u32 = 50;

/// End from which a page is counted, within the range between the cursors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageEnd {
    /// The page has the first items of the range.
    First,
    /// The page has the last items of the range, still in the order of the list.
    Last,
}

/// Request to a store for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest<Place> {
    /// Maximum number of items.
    pub size: u32,
    /// End from which the page is counted.
    pub end: PageEnd,
    /// Position of the item before the page.
    pub after: Option<Place>,
    /// Position of the item after the page.
    pub before: Option<Place>,
}

impl<Place> PageRequest<Place> {
    /// Requests the first page of the default size.
    #[must_use]
    pub const fn start() -> Self {
        Self::forward(DEFAULT_SIZE, None)
    }

    /// Requests the first items after a position.
    #[must_use]
    pub const fn forward(size: u32, after: Option<Place>) -> Self {
        Self {
            size,
            end: PageEnd::First,
            after,
            before: None,
        }
    }

    /// Requests the last items before a position.
    #[must_use]
    pub const fn backward(size: u32, before: Option<Place>) -> Self {
        Self {
            size,
            end: PageEnd::Last,
            after: None,
            before,
        }
    }

    /// Returns the number of items that a store reads: one more than the page has, to detect whether the list
    /// continues.
    #[must_use]
    pub const fn read_size(&self) -> u64 {
        self.size as u64 + 1
    }

    /// Takes the page from a whole list in memory. `order` compares positions in the order of the list.
    pub fn cut<T>(
        &self,
        list: impl DoubleEndedIterator<Item = T>,
        place: impl Fn(&T) -> Place,
        order: impl Fn(&Place, &Place) -> Ordering,
    ) -> Page<T> {
        let within = list.filter(|item| {
            let place = place(item);
            let is_behind = |after| order(after, &place).is_lt();
            let is_before = |before| order(&place, before).is_lt();
            self.after.as_ref().is_none_or(is_behind) && self.before.as_ref().is_none_or(is_before)
        });
        let size = usize::try_from(self.read_size()).unwrap_or(usize::MAX);
        let read = match self.end {
            PageEnd::First => within.take(size).collect(),
            PageEnd::Last => within.rev().take(size).collect(),
        };
        Page::of(read, self)
    }
}

/// A page returned by a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// Items in the order of the list.
    pub items: Vec<T>,
    /// Whether the requested range has more items than the page.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// Creates the page from up to [`PageRequest::read_size`] items, in the order in which they were read: starting at
    /// the end from which the page is counted.
    #[must_use]
    pub fn of<Place>(mut items: Vec<T>, request: &PageRequest<Place>) -> Self {
        let size = usize::try_from(request.size).unwrap_or(usize::MAX);
        let has_more = items.len() > size;
        items.truncate(size);
        if request.end == PageEnd::Last {
            items.reverse();
        }
        Self { items, has_more }
    }

    /// Converts the items of the page.
    pub fn map<U>(self, item: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(item).collect(),
            has_more: self.has_more,
        }
    }
}
