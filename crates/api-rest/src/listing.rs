//! Pages of lists.

use application::paging::Listing;
use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Page)]
pub(crate) struct PageDocument<T> {
    /// Its items in order.
    items: Vec<T>,
    page_info: PageInfo,
    /// How many items there are on all pages.
    total_count: u64,
}

/// Where a page is in its list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageInfo {
    /// Whether a page follows: ask for it with `after` as `endCursor`.
    has_next_page: bool,
    /// Whether a page precedes.
    has_previous_page: bool,
    /// The cursor of the first item.
    #[schema(required)]
    start_cursor: Option<String>,
    /// The cursor of the last item.
    #[schema(required)]
    end_cursor: Option<String>,
}

impl<T> PageDocument<T> {
    pub(crate) fn of<Item>(listing: &Listing<Item>, total_count: u64, document: impl Fn(&Item) -> T) -> Self {
        let cursor = |entry: &application::paging::Entry<Item>| entry.cursor.clone();
        Self {
            page_info: PageInfo {
                has_next_page: listing.has_next,
                has_previous_page: listing.has_previous,
                start_cursor: listing.entries.first().map(cursor),
                end_cursor: listing.entries.last().map(cursor),
            },
            items: listing
                .entries
                .iter()
                .map(|entry| document(&entry.item))
                .collect(),
            total_count,
        }
    }
}
