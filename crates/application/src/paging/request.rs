//! Pages as stores know them.

use std::cmp::Ordering;

/// How many items a page has by default.
pub(super) const DEFAULT_SIZE: u32 = 50;

/// From which end of what is between its cursors a page is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageEnd {
    /// From the beginning: the page has the first items.
    First,
    /// From the end: the page has the last items, in the order of the list all the same.
    Last,
}

/// Which page, as a store knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest<Place> {
    /// How many items at most.
    pub size: u32,
    /// From which end.
    pub end: PageEnd,
    /// The place of the item before the page.
    pub after: Option<Place>,
    /// The place of the item behind the page.
    pub before: Option<Place>,
}

impl<Place> PageRequest<Place> {
    /// The first page of the usual length.
    #[must_use]
    pub const fn start() -> Self {
        Self::forward(DEFAULT_SIZE, None)
    }

    /// The first items behind a place.
    #[must_use]
    pub const fn forward(size: u32, after: Option<Place>) -> Self {
        Self {
            size,
            end: PageEnd::First,
            after,
            before: None,
        }
    }

    /// The last items before a place.
    #[must_use]
    pub const fn backward(size: u32, before: Option<Place>) -> Self {
        Self {
            size,
            end: PageEnd::Last,
            after: None,
            before,
        }
    }

    /// How many items a store reads: one more than the page has tells whether the list goes on.
    #[must_use]
    pub const fn read_size(&self) -> u64 {
        self.size as u64 + 1
    }

    /// The page out of a whole list in memory; `order` compares places as the list has them.
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

/// A page out of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// Its items in the order of the list.
    pub items: Vec<T>,
    /// Whether the list goes on beyond the page, seen from the end that the page is counted from, and within the places
    /// of its request.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// The page that was asked for out of [`PageRequest::read_size`] items, which are in the order in which they were
    /// read: from the end that the page is counted from.
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

    /// The same page of other items.
    pub fn map<U>(self, item: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(item).collect(),
            has_more: self.has_more,
        }
    }
}
