//! Pages of lists.

use application::paging::Listing;
use serde::Serialize;
use serde_json::json;
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

use crate::schemas::schema;

/// A page of a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
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

/// Types that stand for the schemas of pages.
macro_rules! pages {
    ($($(#[$doc:meta])* $name:ident of $item:ty;)+) => {
        $(
            $(#[$doc])*
            pub(crate) enum $name {}

            impl utoipa::PartialSchema for $name {
                fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                    $crate::listing::page_of(&<$item as utoipa::ToSchema>::name())
                }
            }

            impl utoipa::ToSchema for $name {
                fn name() -> std::borrow::Cow<'static, str> {
                    stringify!($name).into()
                }

                fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
                    $crate::listing::add::<$item>(schemas);
                    $crate::listing::add::<$crate::listing::PageInfo>(schemas);
                    <$item as utoipa::ToSchema>::schemas(schemas);
                }
            }
        )+
    };
}

pub(crate) use pages;

/// Adds a schema by its name.
pub(crate) fn add<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
}

/// The schema of a page of items with that schema.
pub(crate) fn page_of(item: &str) -> RefOr<Schema> {
    schema(json!({
        "type": "object", "description": "A page of a list",
        "required": ["items", "pageInfo", "totalCount"],
        "properties": {
            "items": {
                "type": "array", "description": "Its items in order",
                "items": {"$ref": format!("#/components/schemas/{item}")},
            },
            "pageInfo": {"$ref": "#/components/schemas/PageInfo"},
            "totalCount": {
                "type": "integer", "format": "int64", "minimum": 0,
                "description": "How many items there are on all pages",
            },
        },
    }))
}
