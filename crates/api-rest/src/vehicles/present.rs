use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use application::{Application, Error, live_queries::Subject};
use domain::VehicleId;

use super::live_representation::{MappingDocument, PositionDocument, StateDocument};
use crate::{
    caller::Caller,
    parameters,
    problem::{Problem, Result},
};

/// Where a vehicle is
///
/// Its newest position, as the server has heard it or the live keys have it; 404 while there is none.
#[utoipa::path(
    get,
    path = "/api/vehicles/{id}/position",
    tag = "vehicles",
    operation_id = "getVehiclePosition",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Which vehicle")),
    responses((status = 200, description = "Its newest position", body = PositionDocument)),
)]
pub(crate) async fn position(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: VehicleId = parameters::id("id", &path)?;
    match app.live_queries.position(&actor, id).await? {
        Some(position) => Ok(HttpResponse::Ok().json(PositionDocument::from(&position))),
        None => Err(nothing_yet("position")),
    }
}

/// How a vehicle is
///
/// Its newest state, as the server has heard it or the live keys have it; 404 while there is none.
#[utoipa::path(
    get,
    path = "/api/vehicles/{id}/state",
    tag = "vehicles",
    operation_id = "getVehicleRuntimeState",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Which vehicle")),
    responses((status = 200, description = "Its newest state", body = StateDocument)),
)]
pub(crate) async fn state(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: VehicleId = parameters::id("id", &path)?;
    match app.live_queries.runtime_state(&actor, id).await? {
        Some(state) => Ok(HttpResponse::Ok().json(StateDocument::from(&state))),
        None => Err(nothing_yet("state")),
    }
}

/// How a vehicle is tied to its live keys
///
/// A vehicle that is not enabled has no mapping.
#[utoipa::path(
    get,
    path = "/api/vehicles/{id}/mapping",
    tag = "vehicles",
    operation_id = "getVehicleMapping",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Which vehicle")),
    responses((status = 200, description = "Its mapping", body = MappingDocument)),
)]
pub(crate) async fn mapping(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: VehicleId = parameters::id("id", &path)?;
    let vehicle = app.vehicles.get(&actor, id).await?;
    let subject = Subject::from(&vehicle.ok_or_else(Error::vehicle_not_found)?);
    let mut observed = app.live_queries.observe(&[subject]).await;
    let observation = observed.remove(&id);
    let mapping = observation
        .as_ref()
        .and_then(|observation| Some((observation.mapping.as_ref()?, observation.is_incomplete)));
    match mapping {
        Some((mapping, is_incomplete)) => {
            Ok(HttpResponse::Ok().json(MappingDocument::new(mapping, is_incomplete)))
        }
        None => Err(nothing_yet("mapping")),
    }
}

fn nothing_yet(what: &'static str) -> Problem {
    Error::NotFound { what }.into()
}
