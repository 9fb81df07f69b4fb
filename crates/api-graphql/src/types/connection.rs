//! Pages of vehicles, as the Relay specification has them
//! (<https://relay.dev/graphql/connections.htm>).

use application::paging::Page;
use domain::{VehicleId, vehicle::Vehicle};
use juniper::{DefaultScalarValue, GraphQLObject, graphql_object};

use super::VehicleValue;
use crate::{context::Context, cursor};

/// A page of vehicles.
pub struct VehicleConnection {
    edges: Vec<VehicleEdge>,
    page_info: PageInfo,
    total_count: i32,
}

/// A page of vehicles.
#[graphql_object]
#[graphql(context = Context, scalar = DefaultScalarValue)]
impl VehicleConnection {
    /// The vehicles of the page, each with its cursor.
    pub fn edges(&self) -> &[VehicleEdge] {
        &self.edges
    }

    /// The vehicles of the page.
    pub fn nodes(&self) -> Vec<&VehicleValue> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Where the page is.
    pub fn page_info(&self) -> &PageInfo {
        &self.page_info
    }

    /// How many vehicles there are on all pages.
    pub fn total_count(&self) -> i32 {
        self.total_count
    }
}

/// A vehicle in its place in the list.
#[derive(GraphQLObject)]
#[graphql(context = Context, scalar = DefaultScalarValue)]
pub struct VehicleEdge {
    /// The place, to begin a page after it.
    cursor: String,
    /// The vehicle.
    node: VehicleValue,
}

/// Where a page is in its list.
#[derive(GraphQLObject)]
pub struct PageInfo {
    /// Whether a page follows.
    has_next_page: bool,
    /// Whether a page precedes.
    has_previous_page: bool,
    /// The cursor of the first item.
    start_cursor: Option<String>,
    /// The cursor of the last item.
    end_cursor: Option<String>,
}

impl VehicleConnection {
    /// A page that follows the vehicle `after`, if it is not the first one.
    #[must_use]
    pub fn of(page: Page<Vehicle>, after: Option<VehicleId>) -> Self {
        let edges: Vec<_> = page
            .items
            .into_iter()
            .map(|vehicle| VehicleEdge {
                cursor: cursor::encode(vehicle.id),
                node: vehicle.into(),
            })
            .collect();
        let page_info = PageInfo {
            has_next_page: page.has_next,
            has_previous_page: after.is_some(),
            start_cursor: edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: edges.last().map(|edge| edge.cursor.clone()),
        };
        let total_count = i32::try_from(page.total_count).unwrap_or(i32::MAX);
        Self {
            edges,
            page_info,
            total_count,
        }
    }
}
