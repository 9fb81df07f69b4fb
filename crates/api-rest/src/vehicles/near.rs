//! Search for the vehicles near a point.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use application::{
    Application,
    live_queries::{Circle, Neighbour},
    paging::PageQuery,
};
use domain::{Violations, telemetry::MapId};
use serde::Serialize;
use utoipa::ToSchema;

use super::{live_representation::PositionDocument, representation::VehicleDocument};
use crate::{caller::Caller, parameters::Parameters, problem::Result};

/// Vehicles near a point.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NeighbourList)]
pub(crate) struct NeighbourListDocument {
    /// Vehicles found, nearest first.
    items: Vec<NeighbourDocument>,
    /// Number of vehicles within the radius, including those beyond `first`.
    total_count: usize,
}

/// A vehicle near a point.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Neighbour)]
pub(crate) struct NeighbourDocument {
    /// Vehicle that was found.
    vehicle: VehicleDocument,
    /// Newest position of the vehicle.
    position: PositionDocument,
    /// Horizontal distance from the point in metres.
    #[schema(minimum = 0)]
    distance: f64,
}

impl From<&Neighbour> for NeighbourDocument {
    fn from(neighbour: &Neighbour) -> Self {
        Self {
            vehicle: VehicleDocument::from(&neighbour.vehicle),
            position: PositionDocument::from(&neighbour.position),
            distance: neighbour.distance,
        }
    }
}

/// List the vehicles near a point
///
/// Returns the vehicles on the map whose newest position is at most `radius` metres from the point, nearest first.
#[utoipa::path(
    get,
    path = "/api/vehicles/near",
    tag = "vehicles",
    operation_id = "listVehiclesNear",
    params(
        ("mapId" = inline(crate::schemas::LabelSchema), Query, description = "Id of the map"),
        ("x" = f64, Query, description = "x coordinate of the point in metres"),
        ("y" = f64, Query, description = "y coordinate of the point in metres"),
        ("radius" = inline(crate::schemas::RadiusSchema), Query, description = "Radius in metres"),
        ("first" = inline(Option<crate::schemas::FirstSchema>), Query, description = "Maximum number of vehicles"),
    ),
    responses((status = 200, description = "Vehicles found", body = NeighbourListDocument)),
)]
pub(crate) async fn near(
    request: HttpRequest,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let (map, circle) = circle(&request)?;
    let found = app.live_queries.near(&actor, &map, &circle).await?;
    Ok(HttpResponse::Ok().json(NeighbourListDocument {
        items: found.neighbours.iter().map(NeighbourDocument::from).collect(),
        total_count: found.total_count,
    }))
}

fn circle(request: &HttpRequest) -> Result<(MapId, Circle)> {
    let mut parameters = Parameters::of(request)?;
    let number = |text: &str| text.parse::<f64>().map_err(|_| "must be a number");
    let map = parameters.require("mapId", MapId::new);
    // A missing or invalid number is a fault already, so any valid one may be used in its place.
    let mut number_of = |name: &str| parameters.require(name, number).unwrap_or_default();
    let (x, y, radius) = (number_of("x"), number_of("y"), number_of("radius"));
    let first = parameters.take("first", |text| {
        text.parse::<u32>().map_err(|_| "must be a whole number")
    });
    let circle = Circle {
        x,
        y,
        radius,
        first: first.unwrap_or(PageQuery::DEFAULT_FIRST),
    };
    parameters.finish_with(circle.check())?;
    let map = map.ok_or_else(|| Violations::of("mapId", "must be given"))?;
    Ok((map, circle))
}
