//! Pages of a list, by keyset: a page begins after the last item of the one before, so rows that are added
//! meanwhile neither repeat nor hide others.

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest<Key> {
    /// How many items at most.
    pub first: u32,
    /// The key of the item before the page.
    pub after: Option<Key>,
}

impl<Key> PageRequest<Key> {
    /// How many items a page has when nobody says.
    pub const DEFAULT_FIRST: u32 = 50;
    /// The most items of a page.
    pub const MAX_FIRST: u32 = 500;

    /// The first page of the usual length.
    #[must_use]
    pub const fn start() -> Self {
        Self {
            first: Self::DEFAULT_FIRST,
            after: None,
        }
    }
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// Its items in order.
    pub items: Vec<T>,
    /// Whether another page follows.
    pub has_next: bool,
    /// How many items there are on all pages.
    pub total_count: u64,
}
