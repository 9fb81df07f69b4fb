use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use application::Application;
use domain::VehicleId;

use super::live_representation::{MappingDocument, PositionDocument, StateDocument};
use crate::{
    caller::Caller,
    parameters,
    problem::{Problem, Result},
};

/// Get the position of a vehicle
///
/// Returns the newest position that the server has received or the live keys contain. Returns 404 if there is none.
#[utoipa::path(
    get,
    path = "/api/vehicles/{id}/position",
    tag = "vehicles",
    operation_id = "getVehiclePosition",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the vehicle")),
    responses((status = 200, description = "Newest position of the vehicle", body = PositionDocument)),
)]
pub(crate) async fn position(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: VehicleId = parameters::vehicle_id("id", &path)?;
    match app.live_queries.position(&actor, id).await? {
        Some(position) => Ok(HttpResponse::Ok().json(PositionDocument::from(&position))),
        None => Err(not_found("no position of the vehicle is known")),
    }
}

/// Get the state of a vehicle
///
/// Returns the newest state that the server has received or the live keys contain. Returns 404 if there is none.
#[utoipa::path(
    get,
    path = "/api/vehicles/{id}/state",
    tag = "vehicles",
    operation_id = "getVehicleRuntimeState",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the vehicle")),
    responses((status = 200, description = "Newest state of the vehicle", body = StateDocument)),
)]
pub(crate) async fn state(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: VehicleId = parameters::vehicle_id("id", &path)?;
    match app.live_queries.runtime_state(&actor, id).await? {
        Some(state) => Ok(HttpResponse::Ok().json(StateDocument::from(&state))),
        None => Err(not_found("no state of the vehicle is known")),
    }
}

/// Get the mapping of a vehicle to its live keys
///
/// Also returns the bridge that publishes the robot's messages. Returns 404 for a disabled vehicle, which has no
/// mapping.
#[utoipa::path(
    get,
    path = "/api/vehicles/{id}/mapping",
    tag = "vehicles",
    operation_id = "getVehicleMapping",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the vehicle")),
    responses((status = 200, description = "Mapping of the vehicle", body = MappingDocument)),
)]
pub(crate) async fn mapping(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: VehicleId = parameters::vehicle_id("id", &path)?;
    match app.mapping.get_mapping_status(&actor, id).await? {
        Some(status) => Ok(HttpResponse::Ok().json(MappingDocument::from(&status))),
        None => Err(not_found("the vehicle is disabled, so it has no mapping")),
    }
}

fn not_found(detail: &'static str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, detail)
}
