//! The vehicles near a point.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use application::{
    Application,
    live_queries::{Circle, Neighbour},
};
use domain::{Violations, telemetry::MapId};
use serde::Serialize;
use utoipa::ToSchema;

use super::{live_representation::PositionDocument, representation::VehicleDocument};
use crate::{caller::Caller, parameters::Parameters, problem::Result};

/// The vehicles near a point.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NeighbourList)]
pub(crate) struct NeighbourListDocument {
    /// The nearest first.
    items: Vec<NeighbourDocument>,
    /// The number of vehicles in the circle.
    total_count: usize,
}

/// A vehicle near a point.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Neighbour)]
pub(crate) struct NeighbourDocument {
    /// The vehicle.
    vehicle: VehicleDocument,
    /// Its newest position.
    position: PositionDocument,
    /// Its distance in metres, on the plane of the map.
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

/// The vehicles near a point
///
/// Those on the map whose newest position is within `radius` metres, its edge included, the nearest first.
#[utoipa::path(
    get,
    path = "/api/vehicles/near",
    tag = "vehicles",
    operation_id = "listVehiclesNear",
    params(
        ("mapId" = inline(crate::schemas::LabelSchema), Query, description = "The map"),
        ("x" = f64, Query, description = "Metres along its x axis"),
        ("y" = f64, Query, description = "Metres along its y axis"),
        ("radius" = inline(crate::schemas::RadiusSchema), Query, description = "Metres"),
        ("first" = inline(Option<crate::schemas::FirstSchema>), Query, description = "How many at most; the nearest ones"),
    ),
    responses((status = 200, description = "The vehicles", body = NeighbourListDocument)),
)]
pub(crate) async fn near(
    request: HttpRequest,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let circle = circle(&request)?;
    let found = app.live_queries.near(&actor, &circle).await?;
    Ok(HttpResponse::Ok().json(NeighbourListDocument {
        items: found.neighbours.iter().map(NeighbourDocument::from).collect(),
        total_count: found.total_count,
    }))
}

fn circle(request: &HttpRequest) -> Result<Circle> {
    let mut parameters = Parameters::of(request)?;
    let number = |text: &str| text.parse::<f64>().map_err(|_| "must be a number");
    let map = parameters.require("mapId", MapId::new);
    let x = parameters.require("x", number);
    let y = parameters.require("y", number);
    let radius = parameters.require("radius", number);
    let first = parameters.take("first", |text| {
        text.parse::<u32>().map_err(|_| "must be a whole number")
    });
    parameters.finish()?;
    let circle = (|| {
        Some(Circle {
            map: map?,
            x: x?,
            y: y?,
            radius: radius?,
            first: first.unwrap_or(application::paging::PageQuery::DEFAULT_FIRST),
        })
    })();
    Ok(circle.ok_or_else(|| Violations::of("query", "cannot be understood"))?)
}
