//! Endpoints of grants, which give users access to vehicles.

mod input;
mod representation;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Payload},
};
use domain::{GrantId, UserId};
use futures::try_join;
use input::new_grant;
use representation::{GrantDocument, GrantPage};

use crate::{
    body,
    caller::Caller,
    listing::PageDocument,
    parameters::{self, Parameters},
    problem::Result,
};
use application::{Application, grants::Grants};

/// List grants
///
/// Returns the grants in order of creation. Requires the role ADMIN.
#[utoipa::path(
    get,
    path = "/api/grants",
    tag = "users",
    operation_id = "listGrants",
    params(
        ("userId" = inline(Option<crate::schemas::IdSchema>), Query, description = "Only grants of this user"),
        ("first" = inline(Option<crate::schemas::FirstSchema>), Query, description = "Maximum number of items on the page"),
        ("after" = Option<String>, Query, description = "`endCursor` of the previous page; empty for the first page"),
    ),
    responses((status = 200, description = "A page of grants", body = GrantPage)),
)]
pub(crate) async fn list(
    request: HttpRequest,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let mut parameters = Parameters::of(&request)?;
    let user = parameters.take("userId", str::parse::<UserId>);
    let page = parameters.page();
    parameters.finish_with(Grants::check_page(&page))?;
    let (page, total_count) = try_join!(
        app.grants.list(&actor, user, &page),
        app.grants.count(&actor, user),
    )?;
    let page = PageDocument::of(&page, total_count, |grant| GrantDocument::from(grant));
    Ok(HttpResponse::Ok().json(page))
}

/// Grant access
///
/// Grants access to all vehicles of an organisation or group, or to one vehicle. The grant takes effect within two
/// seconds, on open sockets as well. Users with the role ADMIN need no grants and cannot receive any. Requires the role
/// ADMIN.
#[utoipa::path(
    post,
    path = "/api/grants",
    tag = "users",
    operation_id = "createGrant",
    request_body(content = input::NewGrantSchema, content_type = "application/json"),
    responses((status = 201, description = "The grant", body = GrantDocument)),
)]
pub(crate) async fn create(
    request: HttpRequest,
    payload: Payload,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    app.grants.may_create(&actor)?;
    let wanted = new_grant(body::json(&request, payload).await?);
    let grant = app.grants.create(&actor, wanted).await?;
    Ok(HttpResponse::Created().json(GrantDocument::from(&grant)))
}

/// Withdraw access
///
/// Within two seconds, the user's open sockets stop delivering vehicles that the user may no longer see. Requires the
/// role ADMIN.
#[utoipa::path(
    delete,
    path = "/api/grants/{id}",
    tag = "users",
    operation_id = "deleteGrant",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the grant")),
    responses((status = 204, description = "The grant was withdrawn")),
)]
pub(crate) async fn delete(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: GrantId = parameters::id("id", &path)?;
    app.grants.delete(&actor, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
