//! Pages of lists.

use application::paging::Listing;
use documents::{
    identity::{AuditDocument, GrantDocument, UserDocument},
    registry::{GroupDocument, OrganizationDocument},
    vehicle::VehicleDocument,
};
use serde::Serialize;
use serde_json::json;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use crate::openapi::schema;

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

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    page_of(&<$item>::name())
                }
            }

            impl ToSchema for $name {
                fn name() -> std::borrow::Cow<'static, str> {
                    stringify!($name).into()
                }

                fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                    for (name, schema) in [
                        (<$item>::name(), <$item>::schema()),
                        (PageInfo::name(), PageInfo::schema()),
                    ] {
                        schemas.push((name.into_owned(), schema));
                    }
                    <$item as ToSchema>::schemas(schemas);
                }
            }
        )+
    };
}

pages! {
    /// A page of vehicles.
    VehiclePage of VehicleDocument;
    /// A page of groups.
    GroupPage of GroupDocument;
    /// A page of organisations.
    OrganizationPage of OrganizationDocument;
    /// A page of users.
    UserPage of UserDocument;
    /// A page of grants.
    GrantPage of GrantDocument;
    /// A page of the audit log.
    AuditPage of AuditDocument;
}

fn page_of(item: &str) -> RefOr<Schema> {
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
