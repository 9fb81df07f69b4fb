//! Endpoints of organisations (tenants).

mod input;
mod representation;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Data, Path, Payload},
};
use application::{Application, Error, organizations::Organizations};
use domain::OrganizationId;
use futures::try_join;
use input::organization_name;
use representation::{OrganizationDocument, OrganizationPage};

use crate::{
    body,
    caller::Caller,
    listing::PageDocument,
    parameters::{self, Parameters},
    problem::Result,
};

/// List organisations
///
/// Returns the organisations that the caller may see, in order of creation.
#[utoipa::path(
    get,
    path = "/api/organizations",
    tag = "organizations",
    operation_id = "listOrganizations",
    params(
        ("first" = inline(Option<crate::schemas::FirstSchema>), Query, description = "Maximum number of items on the page"),
        ("after" = Option<String>, Query, description = "`endCursor` of the previous page; empty for the first page"),
    ),
    responses((status = 200, description = "A page of organisations", body = OrganizationPage)),
)]
pub(crate) async fn list(
    request: HttpRequest,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let mut parameters = Parameters::of(&request)?;
    let page = parameters.page();
    parameters.finish_with(Organizations::check_page(&page))?;
    let (page, total_count) = try_join!(
        app.organizations.list(&actor, &page),
        app.organizations.count(&actor),
    )?;
    let page = PageDocument::of(&page, total_count, |organization| {
        OrganizationDocument::from(organization)
    });
    Ok(HttpResponse::Ok().json(page))
}

/// Create an organisation
///
/// The new organisation is empty. Requires an ADMIN who belongs to no organisation.
#[utoipa::path(
    post,
    path = "/api/organizations",
    tag = "organizations",
    operation_id = "createOrganization",
    request_body(content = crate::schemas::NameSchema, content_type = "application/json"),
    responses((status = 201, description = "The organisation", body = OrganizationDocument, headers(("Location" = String, description = "Path of the new resource")))),
)]
pub(crate) async fn create(
    request: HttpRequest,
    payload: Payload,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    app.organizations.may_create(&actor)?;
    let name = organization_name(body::json(&request, payload).await?);
    let organization = app.organizations.create(&actor, name).await?;
    Ok(HttpResponse::Created()
        .insert_header((
            header::LOCATION,
            format!("/api/organizations/{}", organization.id),
        ))
        .json(OrganizationDocument::from(&organization)))
}

/// Get an organisation
///
/// Returns 404 for an organisation that does not exist or that the caller may not see.
#[utoipa::path(
    get,
    path = "/api/organizations/{id}",
    tag = "organizations",
    operation_id = "getOrganization",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the organisation")),
    responses((status = 200, description = "The organisation", body = OrganizationDocument)),
)]
pub(crate) async fn get(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: OrganizationId = parameters::id("id", &path)?;
    let organization = app.organizations.get(&actor, id).await?;
    let organization = organization.ok_or_else(Error::organization_not_found)?;
    Ok(HttpResponse::Ok().json(OrganizationDocument::from(&organization)))
}

/// Rename an organisation
///
/// Requires an ADMIN who belongs to no organisation.
#[utoipa::path(
    put,
    path = "/api/organizations/{id}",
    tag = "organizations",
    operation_id = "updateOrganization",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the organisation")),
    request_body(content = crate::schemas::NameSchema, content_type = "application/json"),
    responses((status = 200, description = "The organisation", body = OrganizationDocument)),
)]
pub(crate) async fn rename(
    request: HttpRequest,
    path: Path<String>,
    payload: Payload,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: OrganizationId = parameters::id("id", &path)?;
    app.organizations.may_rename(&actor, id).await?;
    let name = organization_name(body::json(&request, payload).await?);
    let organization = app.organizations.rename(&actor, id, name).await?;
    Ok(HttpResponse::Ok().json(OrganizationDocument::from(&organization)))
}

/// Delete an organisation
///
/// Returns 409 for the default organisation, and for an organisation that still has vehicles, groups or users. Requires
/// an ADMIN who belongs to no organisation.
#[utoipa::path(
    delete,
    path = "/api/organizations/{id}",
    tag = "organizations",
    operation_id = "deleteOrganization",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the organisation")),
    responses((status = 204, description = "The organisation was deleted")),
)]
pub(crate) async fn delete(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: OrganizationId = parameters::id("id", &path)?;
    app.organizations.delete(&actor, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
