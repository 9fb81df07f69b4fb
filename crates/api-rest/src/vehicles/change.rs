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
/// Its messages are taken and delivered when this answers. Enabling an enabled one changes nothing. For operators.
#[utoipa::path(
    post,
    path = "/api/vehicles/{id}/enable",
    tag = "vehicles",
    operation_id = "enableVehicle",
    params(
        ("id" = inline(crate::schemas::IdSchema), Path, description = "Which vehicle"),
        ("If-Match" = inline(Option<crate::schemas::IfMatchSchema>), Header, description = "The `ETag` that this is based on; another version is 412"),
    ),
    responses((status = 200, description = "The vehicle", body = VehicleDocument, headers(("ETag" = String, description = "Its version")))),
)]
pub(crate) async fn enable(
    request: HttpRequest,
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: VehicleId = parameters::id("id", &path)?;
    let expected = expected(&request, &app, &actor, id).await?;
    let vehicle = app.vehicles.enable(&actor, id, expected).await?;
    Ok(answer(StatusCode::OK, &vehicle))
}

/// Disable a vehicle
///
/// None of its messages is delivered when this answers. Disabling a disabled one changes nothing. For operators.
#[utoipa::path(
    post,
    path = "/api/vehicles/{id}/disable",
    tag = "vehicles",
    operation_id = "disableVehicle",
    params(
        ("id" = inline(crate::schemas::IdSchema), Path, description = "Which vehicle"),
        ("If-Match" = inline(Option<crate::schemas::IfMatchSchema>), Header, description = "The `ETag` that this is based on; another version is 412"),
    ),
    responses((status = 200, description = "The vehicle", body = VehicleDocument, headers(("ETag" = String, description = "Its version")))),
)]
pub(crate) async fn disable(
    request: HttpRequest,
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: VehicleId = parameters::id("id", &path)?;
    let expected = expected(&request, &app, &actor, id).await?;
    let vehicle = app.vehicles.disable(&actor, id, expected).await?;
    Ok(answer(StatusCode::OK, &vehicle))
}

/// Set what a vehicle is doing
///
/// A person's word, held to the table of transitions. For operators.
#[utoipa::path(
    patch,
    path = "/api/vehicles/{id}/status",
    tag = "vehicles",
    operation_id = "changeVehicleStatus",
    params(
        ("id" = inline(crate::schemas::IdSchema), Path, description = "Which vehicle"),
        ("If-Match" = inline(Option<crate::schemas::IfMatchSchema>), Header, description = "The `ETag` that this is based on; another version is 412"),
    ),
    request_body(content = super::schema::StatusChange, content_type = "application/json"),
    responses((status = 200, description = "The vehicle", body = VehicleDocument, headers(("ETag" = String, description = "Its version")))),
)]
pub(crate) async fn change_status(
    request: HttpRequest,
    path: Path<String>,
    payload: Payload,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: VehicleId = parameters::id("id", &path)?;
    app.vehicles.may_change_status(&actor, id).await?;
    let status = status(body::json(&request, payload).await?)?;
    let expected = expected(&request, &app, &actor, id).await?;
    let vehicle = app.vehicles.change_status(&actor, id, expected, status).await?;
    Ok(answer(StatusCode::OK, &vehicle))
}
