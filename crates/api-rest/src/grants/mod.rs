//! What users were given to see.

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
use application::Application;

/// A page of grants
///
/// In the order in which they were made. For administrators.
#[utoipa::path(
    get,
    path = "/api/grants",
    tag = "users",
    operation_id = "listGrants",
    params(
        ("userId" = inline(Option<crate::schemas::IdSchema>), Query, description = "Of this user"),
        ("first" = inline(Option<crate::schemas::FirstSchema>), Query, description = "How many at most"),
        ("after" = Option<String>, Query, description = "The `endCursor` of the page before"),
    ),
    responses((status = 200, description = "The page", body = GrantPage)),
)]
pub(crate) async fn list(
    request: HttpRequest,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let mut parameters = Parameters::of(&request)?;
    let user = parameters.take("userId", str::parse::<UserId>);
    let page = parameters.page();
    parameters.finish()?;
    let (page, total_count) = try_join!(
        app.grants.list(&actor, user, &page),
        app.grants.count(&actor, user),
    )?;
    let page = PageDocument::of(&page, total_count, |grant| GrantDocument::from(grant));
    Ok(HttpResponse::Ok().json(page))
}

/// Grant access
///
/// To all vehicles of an organisation or a group, or to one vehicle. In force at once, in open sockets too. For
/// administrators; users with the role ADMIN need no grants, and can be given none.
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
/// What the user may not see any more leaves its open sockets at once. For administrators.
#[utoipa::path(
    delete,
    path = "/api/grants/{id}",
    tag = "users",
    operation_id = "deleteGrant",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Which grant")),
    responses((status = 204, description = "It is gone")),
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
