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
    items: Vec<T>,
    page_info: PageInfo,
    total_count: u64,
}

/// Place of a page in its list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageInfo {
    /// Whether there is a next page. To get it, pass `endCursor` as `after`.
    has_next_page: bool,
    /// Whether there is a previous page.
    has_previous_page: bool,
    /// Cursor of the first item; null if the page is empty.
    #[schema(required)]
    start_cursor: Option<String>,
    /// Cursor of the last item; null if the page is empty.
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

/// Declares, for the schema of each kind of page, a type without values.
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

pub(crate) fn add<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
}

/// Returns the schema of a page whose items have the schema named `item`.
pub(crate) fn page_of(item: &str) -> RefOr<Schema> {
    schema(json!({
        "type": "object", "description": "A page of a list",
        "required": ["items", "pageInfo", "totalCount"],
        "properties": {
            "items": {
                "type": "array", "description": "Items in order",
                "items": {"$ref": format!("#/components/schemas/{item}")},
            },
            "pageInfo": {"$ref": "#/components/schemas/PageInfo"},
            "totalCount": {
                "type": "integer", "format": "int64", "minimum": 0,
                "description": "Number of items on all pages",
            },
        },
    }))
}
