use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path, Payload},
};
use application::Application;
use domain::VehicleId;

use super::{answer, input::status, representation::VehicleDocument};
use crate::{body, caller::Caller, parameters, precondition::expected, problem::Result};

/// Enable a vehicle
///
/// The vehicle's messages are processed and delivered from now on. The change takes effect on this server before the
/// response is sent, and on other servers within a second. Has no effect on an enabled vehicle. Requires the role
/// OPERATOR or ADMIN.
#[utoipa::path(
    post,
    path = "/api/vehicles/{id}/enable",
    tag = "vehicles",
    operation_id = "enableVehicle",
    params(
        ("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the vehicle"),
        ("If-Match" = inline(Option<crate::schemas::IfMatchSchema>), Header, description = "`ETag` of the vehicle that the change is based on. If the vehicle has another version, the response is 412"),
    ),
    responses((status = 200, description = "The vehicle", body = VehicleDocument, headers(("ETag" = String, description = "Entity tag of the vehicle")))),
)]
pub(crate) async fn enable(
    request: HttpRequest,
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: VehicleId = parameters::vehicle_id("id", &path)?;
    let expected = expected(&request, &app, &actor, id).await?;
    let vehicle = app.vehicles.enable(&actor, id, expected).await?;
    Ok(answer(StatusCode::OK, &vehicle))
}

/// Disable a vehicle
///
/// The vehicle's messages are no longer delivered. The change takes effect on this server before the response is sent,
/// and on other servers within a second. Has no effect on a disabled vehicle. Requires the role OPERATOR or ADMIN.
#[utoipa::path(
    post,
    path = "/api/vehicles/{id}/disable",
    tag = "vehicles",
    operation_id = "disableVehicle",
    params(
        ("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the vehicle"),
        ("If-Match" = inline(Option<crate::schemas::IfMatchSchema>), Header, description = "`ETag` of the vehicle that the change is based on. If the vehicle has another version, the response is 412"),
    ),
    responses((status = 200, description = "The vehicle", body = VehicleDocument, headers(("ETag" = String, description = "Entity tag of the vehicle")))),
)]
pub(crate) async fn disable(
    request: HttpRequest,
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: VehicleId = parameters::vehicle_id("id", &path)?;
    let expected = expected(&request, &app, &actor, id).await?;
    let vehicle = app.vehicles.disable(&actor, id, expected).await?;
    Ok(answer(StatusCode::OK, &vehicle))
}

/// Set the status of a vehicle
///
/// Some changes must pass through IDLE or STOPPED, and otherwise return 422: from ERROR or MAINTENANCE to MOVING or
/// CHARGING, between MOVING and CHARGING, and from MOVING to MAINTENANCE. A status that the robot reports later
/// replaces this one. Requires the role OPERATOR or ADMIN.
#[utoipa::path(
    patch,
    path = "/api/vehicles/{id}/status",
    tag = "vehicles",
    operation_id = "changeVehicleStatus",
    params(
        ("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the vehicle"),
        ("If-Match" = inline(Option<crate::schemas::IfMatchSchema>), Header, description = "`ETag` of the vehicle that the change is based on. If the vehicle has another version, the response is 412"),
    ),
    request_body(content = super::schema::StatusChange, content_type = "application/json"),
    responses((status = 200, description = "The vehicle", body = VehicleDocument, headers(("ETag" = String, description = "Entity tag of the vehicle")))),
)]
pub(crate) async fn change_status(
    request: HttpRequest,
    path: Path<String>,
    payload: Payload,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: VehicleId = parameters::vehicle_id("id", &path)?;
    app.vehicles.may_change_status(&actor, id).await?;
    let status = status(body::json(&request, payload).await?)?;
    let expected = expected(&request, &app, &actor, id).await?;
    let vehicle = app.vehicles.change_status(&actor, id, expected, status).await?;
    Ok(answer(StatusCode::OK, &vehicle))
}
