use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Path, Payload},
};
use application::{Application, Error};
use domain::VehicleId;

use super::{
    answer,
    input::{new_vehicle, vehicle_changes},
    representation::VehicleDocument,
};
use crate::{body, caller::Caller, parameters, precondition::expected, problem::Result};

/// Register a vehicle
///
/// The new vehicle is IDLE and disabled. Requires the role ADMIN.
#[utoipa::path(
    post,
    path = "/api/vehicles",
    tag = "vehicles",
    operation_id = "createVehicle",
    request_body(content = super::schema::NewVehicle, content_type = "application/json"),
    responses((
        status = 201,
        description = "The vehicle",
        body = VehicleDocument,
        headers(("Location" = String, description = "Path of the new resource"), ("ETag" = String, description = "Entity tag of the vehicle")),
    )),
)]
pub(crate) async fn create(
    request: HttpRequest,
    payload: Payload,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    app.vehicles.may_create(&actor)?;
    let input = new_vehicle(body::json(&request, payload).await?);
    let vehicle = app.vehicles.create(&actor, input).await?;
    let mut response = answer(StatusCode::CREATED, &vehicle);
    let location = format!("/api/vehicles/{}", vehicle.id);
    if let Ok(location) = location.parse() {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Get a vehicle
///
/// Returns 404 for a vehicle that does not exist or that the caller may not see.
#[utoipa::path(
    get,
    path = "/api/vehicles/{id}",
    tag = "vehicles",
    operation_id = "getVehicle",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the vehicle")),
    responses((status = 200, description = "The vehicle", body = VehicleDocument, headers(("ETag" = String, description = "Entity tag of the vehicle")))),
)]
pub(crate) async fn get(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: VehicleId = parameters::vehicle_id("id", &path)?;
    let vehicle = app.vehicles.get(&actor, id).await?;
    let vehicle = vehicle.ok_or_else(Error::vehicle_not_found)?;
    Ok(answer(StatusCode::OK, &vehicle))
}

/// Change some fields of a vehicle
///
/// Fields that are missing are not changed, and `null` clears an optional field. The status, `isEnabled` and the groups
/// have their own operations. Requires the role ADMIN.
#[utoipa::path(
    put,
    path = "/api/vehicles/{id}",
    tag = "vehicles",
    operation_id = "updateVehicle",
    params(
        ("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the vehicle"),
        ("If-Match" = inline(Option<crate::schemas::IfMatchSchema>), Header, description = "`ETag` of the vehicle that the change is based on. If the vehicle has another version, the response is 412"),
    ),
    request_body(content = super::schema::VehicleChanges, content_type = "application/json"),
    responses((status = 200, description = "The vehicle", body = VehicleDocument, headers(("ETag" = String, description = "Entity tag of the vehicle")))),
)]
pub(crate) async fn update(
    request: HttpRequest,
    path: Path<String>,
    payload: Payload,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: VehicleId = parameters::vehicle_id("id", &path)?;
    app.vehicles.may_update(&actor, id).await?;
    let document = body::json(&request, payload).await?;
    // The details that can be changed depend on the vehicle's kind, which never changes.
    let vehicle = app.vehicles.get(&actor, id).await?;
    let kind = vehicle.ok_or_else(Error::vehicle_not_found)?.kind();
    let expected = expected(&request, &app, &actor, id).await?;
    let changes = vehicle_changes(document, kind);
    let vehicle = app.vehicles.update(&actor, id, expected, changes).await?;
    Ok(answer(StatusCode::OK, &vehicle))
}

/// Delete a vehicle
///
/// The vehicle is no longer visible to any user, and its name can be reused. Requires the role ADMIN.
#[utoipa::path(
    delete,
    path = "/api/vehicles/{id}",
    tag = "vehicles",
    operation_id = "deleteVehicle",
    params(
        ("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the vehicle"),
        ("If-Match" = inline(Option<crate::schemas::IfMatchSchema>), Header, description = "`ETag` of the vehicle that the deletion is based on. If the vehicle has another version, the response is 412"),
    ),
    responses((status = 204, description = "The vehicle was deleted")),
)]
pub(crate) async fn delete(
    request: HttpRequest,
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: VehicleId = parameters::vehicle_id("id", &path)?;
    let expected = expected(&request, &app, &actor, id).await?;
    app.vehicles.delete(&actor, id, expected).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Restore a deleted vehicle
///
/// The vehicle keeps its id and its data, but is disabled and in no group. Returns 409 if the vehicle is not deleted,
/// or if another vehicle now has its name. Requires the role ADMIN.
#[utoipa::path(
    post,
    path = "/api/vehicles/{id}/restore",
    tag = "vehicles",
    operation_id = "restoreVehicle",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the vehicle")),
    responses((status = 200, description = "The vehicle", body = VehicleDocument, headers(("ETag" = String, description = "Entity tag of the vehicle")))),
)]
pub(crate) async fn restore(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: VehicleId = parameters::vehicle_id("id", &path)?;
    let vehicle = app.vehicles.restore(&actor, id).await?;
    Ok(answer(StatusCode::OK, &vehicle))
}
