mod input;
mod representation;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Data, Path, Payload},
};
use application::{Application, Error, groups::Groups};
use domain::{GroupId, OrganizationId, VehicleId};
use futures::try_join;
use input::{NewGroup, group_name, new_group};
use representation::{GroupDocument, GroupPage};

use crate::{
    body,
    caller::Caller,
    listing::PageDocument,
    parameters::{self, Parameters},
    problem::Result,
};

/// List groups
///
/// Returns the groups that the caller may see, in order of creation.
#[utoipa::path(
    get,
    path = "/api/groups",
    tag = "groups",
    operation_id = "listGroups",
    params(
        ("organizationId" = inline(Option<crate::schemas::IdSchema>), Query, description = "Only groups of this organisation"),
        ("first" = inline(Option<crate::schemas::FirstSchema>), Query, description = "Maximum number of items on the page"),
        ("after" = Option<String>, Query, description = "`endCursor` of the previous page; empty for the first page"),
    ),
    responses((status = 200, description = "A page of groups", body = GroupPage)),
)]
pub(crate) async fn list(
    request: HttpRequest,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let mut parameters = Parameters::of(&request)?;
    let organization = parameters.take("organizationId", str::parse::<OrganizationId>);
    let page = parameters.page();
    parameters.finish_with(Groups::check_page(&page))?;
    let (page, total_count) = try_join!(
        app.groups.list(&actor, organization, &page),
        app.groups.count(&actor, organization),
    )?;
    let page = PageDocument::of(&page, total_count, |group| GroupDocument::from(group));
    Ok(HttpResponse::Ok().json(page))
}

/// Create a group
///
/// The new group is empty. Requires the role ADMIN.
#[utoipa::path(
    post,
    path = "/api/groups",
    tag = "groups",
    operation_id = "createGroup",
    request_body(content = input::NewGroupSchema, content_type = "application/json"),
    responses((status = 201, description = "The group", body = GroupDocument, headers(("Location" = String, description = "Path of the new resource")))),
)]
pub(crate) async fn create(
    request: HttpRequest,
    payload: Payload,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    app.groups.may_create(&actor)?;
    let NewGroup { organization, name } = new_group(body::json(&request, payload).await?);
    let group = app.groups.create(&actor, organization, name).await?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/groups/{}", group.id)))
        .json(GroupDocument::from(&group)))
}

/// Get a group
///
/// Returns 404 for a group that does not exist or that the caller may not see.
#[utoipa::path(
    get,
    path = "/api/groups/{id}",
    tag = "groups",
    operation_id = "getGroup",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the group")),
    responses((status = 200, description = "The group", body = GroupDocument)),
)]
pub(crate) async fn get(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: GroupId = parameters::id("id", &path)?;
    let group = app.groups.get(&actor, id).await?;
    let group = group.ok_or_else(Error::group_not_found)?;
    Ok(HttpResponse::Ok().json(GroupDocument::from(&group)))
}

/// Rename a group
///
/// Requires the role ADMIN.
#[utoipa::path(
    put,
    path = "/api/groups/{id}",
    tag = "groups",
    operation_id = "updateGroup",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the group")),
    request_body(content = crate::schemas::NameSchema, content_type = "application/json"),
    responses((status = 200, description = "The group", body = GroupDocument)),
)]
pub(crate) async fn rename(
    request: HttpRequest,
    path: Path<String>,
    payload: Payload,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: GroupId = parameters::id("id", &path)?;
    app.groups.may_rename(&actor, id).await?;
    let name = group_name(body::json(&request, payload).await?);
    let group = app.groups.rename(&actor, id, name).await?;
    Ok(HttpResponse::Ok().json(GroupDocument::from(&group)))
}

/// Delete a group
///
/// The vehicles of the group are not deleted. Requires the role ADMIN.
#[utoipa::path(
    delete,
    path = "/api/groups/{id}",
    tag = "groups",
    operation_id = "deleteGroup",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the group")),
    responses((status = 204, description = "The group was deleted")),
)]
pub(crate) async fn delete(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: GroupId = parameters::id("id", &path)?;
    app.groups.delete(&actor, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Add a vehicle to a group
///
/// Has no effect if the vehicle is already in the group. The vehicle and the group must belong to the same
/// organisation. Requires the role ADMIN.
#[utoipa::path(
    put,
    path = "/api/groups/{id}/vehicles/{vehicleId}",
    tag = "groups",
    operation_id = "addVehicleToGroup",
    params(
        ("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the group"),
        ("vehicleId" = inline(crate::schemas::IdSchema), Path, description = "Id of the vehicle"),
    ),
    responses((status = 204, description = "The vehicle is in the group")),
)]
pub(crate) async fn add_vehicle(
    path: Path<(String, String)>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let (group, vehicle) = members(&path)?;
    app.groups.add_vehicle(&actor, group, vehicle).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Remove a vehicle from a group
///
/// Requires the role ADMIN.
#[utoipa::path(
    delete,
    path = "/api/groups/{id}/vehicles/{vehicleId}",
    tag = "groups",
    operation_id = "removeVehicleFromGroup",
    params(
        ("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the group"),
        ("vehicleId" = inline(crate::schemas::IdSchema), Path, description = "Id of the vehicle"),
    ),
    responses((status = 204, description = "The vehicle is no longer in the group")),
)]
pub(crate) async fn remove_vehicle(
    path: Path<(String, String)>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let (group, vehicle) = members(&path)?;
    app.groups.remove_vehicle(&actor, group, vehicle).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn members((group, vehicle): &(String, String)) -> Result<(GroupId, VehicleId)> {
    Ok((
        parameters::id("id", group)?,
        parameters::vehicle_id("vehicleId", vehicle)?,
    ))
}
