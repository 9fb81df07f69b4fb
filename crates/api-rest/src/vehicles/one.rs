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
/// It is IDLE and disabled. For administrators.
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
        headers(("Location" = String, description = "Where it is"), ("ETag" = String, description = "Its version")),
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

/// One vehicle
///
/// With the fields and the details of its type. One that the caller may not see is 404, as one that does not exist.
#[utoipa::path(
    get,
    path = "/api/vehicles/{id}",
    tag = "vehicles",
    operation_id = "getVehicle",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Which vehicle")),
    responses((status = 200, description = "The vehicle", body = VehicleDocument, headers(("ETag" = String, description = "Its version")))),
)]
pub(crate) async fn get(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: VehicleId = parameters::id("id", &path)?;
    let vehicle = app.vehicles.get(&actor, id).await?;
    let vehicle = vehicle.ok_or_else(Error::vehicle_not_found)?;
    Ok(answer(StatusCode::OK, &vehicle))
}

/// Change some fields of a vehicle
///
/// A partial update: what is not there stays as it is, `null` empties what may be empty. Status, enabling and groups
/// have operations of their own. For administrators.
#[utoipa::path(
    put,
    path = "/api/vehicles/{id}",
    tag = "vehicles",
    operation_id = "updateVehicle",
    params(
        ("id" = inline(crate::schemas::IdSchema), Path, description = "Which vehicle"),
        ("If-Match" = inline(Option<crate::schemas::IfMatchSchema>), Header, description = "The `ETag` that the change is based on; another version is 412"),
    ),
    request_body(content = super::schema::VehicleChanges, content_type = "application/json"),
    responses((status = 200, description = "The vehicle", body = VehicleDocument, headers(("ETag" = String, description = "Its version")))),
)]
pub(crate) async fn update(
    request: HttpRequest,
    path: Path<String>,
    payload: Payload,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: VehicleId = parameters::id("id", &path)?;
    app.vehicles.may_update(&actor, id).await?;
    let document = body::json(&request, payload).await?;
    // Which details there are to change depends on the vehicle's kind, which never changes.
    let vehicle = app.vehicles.get(&actor, id).await?;
    let kind = vehicle.ok_or_else(Error::vehicle_not_found)?.kind();
    let expected = expected(&request, &app, &actor, id).await?;
    let changes = vehicle_changes(document, kind);
    let vehicle = app.vehicles.update(&actor, id, expected, changes).await?;
    Ok(answer(StatusCode::OK, &vehicle))
}

/// Delete a vehicle
///
/// It is gone for everybody, and its name is free again. For administrators.
#[utoipa::path(
    delete,
    path = "/api/vehicles/{id}",
    tag = "vehicles",
    operation_id = "deleteVehicle",
    params(
        ("id" = inline(crate::schemas::IdSchema), Path, description = "Which vehicle"),
        ("If-Match" = inline(Option<crate::schemas::IfMatchSchema>), Header, description = "The `ETag` that the deletion is based on; another version is 412"),
    ),
    responses((status = 204, description = "It is gone")),
)]
pub(crate) async fn delete(
    request: HttpRequest,
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: VehicleId = parameters::id("id", &path)?;
    let expected = expected(&request, &app, &actor, id).await?;
    app.vehicles.delete(&actor, id, expected).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Restore a deleted vehicle
///
/// It is there again under its id, disabled and in no group, with everything else as it was. A vehicle that is not deleted,
/// or whose name another one has by now, is 409. For administrators.
#[utoipa::path(
    post,
    path = "/api/vehicles/{id}/restore",
    tag = "vehicles",
    operation_id = "restoreVehicle",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Which vehicle")),
    responses((status = 200, description = "The vehicle", body = VehicleDocument, headers(("ETag" = String, description = "Its version")))),
)]
pub(crate) async fn restore(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: VehicleId = parameters::id("id", &path)?;
    let vehicle = app.vehicles.restore(&actor, id).await?;
    Ok(answer(StatusCode::OK, &vehicle))
}
