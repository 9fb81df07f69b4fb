mod input;
mod representation;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Data, Path, Payload},
};
use application::{Application, Error, users::Users};
use domain::UserId;
use futures::try_join;
use input::{new_user, user_update};
pub(crate) use representation::UserDocument;
use representation::UserPage;

use crate::{
    body,
    caller::Caller,
    listing::PageDocument,
    parameters::{self, Parameters},
    problem::Result,
};

/// List users
///
/// Returns the users in order of creation. Requires the role ADMIN.
#[utoipa::path(
    get,
    path = "/api/users",
    tag = "users",
    operation_id = "listUsers",
    params(
        ("first" = inline(Option<crate::schemas::FirstSchema>), Query, description = "Maximum number of items on the page"),
        ("after" = Option<String>, Query, description = "`endCursor` of the previous page; empty for the first page"),
    ),
    responses((status = 200, description = "A page of users", body = UserPage)),
)]
pub(crate) async fn list(
    request: HttpRequest,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let mut parameters = Parameters::of(&request)?;
    let page = parameters.page();
    parameters.finish_with(Users::check_page(&page))?;
    let (page, total_count) = try_join!(app.users.list(&actor, &page), app.users.count(&actor),)?;
    let page = PageDocument::of(&page, total_count, |user| UserDocument::from(user));
    Ok(HttpResponse::Ok().json(page))
}

/// Create a user
///
/// The user can log in immediately. Requires the role ADMIN. Administrators of an organisation can only create users of
/// that organisation.
#[utoipa::path(
    post,
    path = "/api/users",
    tag = "users",
    operation_id = "createUser",
    request_body(content = input::NewUserSchema, content_type = "application/json"),
    responses((status = 201, description = "The user", body = UserDocument, headers(("Location" = String, description = "Path of the new resource")))),
)]
pub(crate) async fn create(
    request: HttpRequest,
    payload: Payload,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    app.users.may_create(&actor)?;
    let draft = new_user(body::json(&request, payload).await?, app.users.password_policy());
    let user = app.users.create(&actor, draft).await?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/users/{}", user.id)))
        .json(UserDocument::from(&user)))
}

/// Get a user
///
/// Requires the role ADMIN.
#[utoipa::path(
    get,
    path = "/api/users/{id}",
    tag = "users",
    operation_id = "getUser",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the user")),
    responses((status = 200, description = "The user", body = UserDocument)),
)]
pub(crate) async fn get(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: UserId = parameters::id("id", &path)?;
    let user = app.users.get(&actor, id).await?;
    let user = user.ok_or_else(Error::user_not_found)?;
    Ok(HttpResponse::Ok().json(UserDocument::from(&user)))
}

/// Change a user
///
/// Disabling a user or changing the password ends all of the user's sessions. Returns 409 if no enabled administrator
/// of all organisations would remain. Requires the role ADMIN.
#[utoipa::path(
    patch,
    path = "/api/users/{id}",
    tag = "users",
    operation_id = "updateUser",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the user")),
    request_body(content = input::UserChangesSchema, content_type = "application/json"),
    responses((status = 200, description = "The user", body = UserDocument)),
)]
pub(crate) async fn update(
    request: HttpRequest,
    path: Path<String>,
    payload: Payload,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: UserId = parameters::id("id", &path)?;
    app.users.may_update(&actor)?;
    let update = user_update(body::json(&request, payload).await?, app.users.password_policy());
    let user = app.users.update(&actor, id, update).await?;
    Ok(HttpResponse::Ok().json(UserDocument::from(&user)))
}

/// Delete a user
///
/// The user's grants and sessions are also deleted. The user's entries in the audit log remain. Returns 409 if no
/// enabled administrator of all organisations would remain. Requires the role ADMIN.
#[utoipa::path(
    delete,
    path = "/api/users/{id}",
    tag = "users",
    operation_id = "deleteUser",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the user")),
    responses((status = 204, description = "The user was deleted")),
)]
pub(crate) async fn delete(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: UserId = parameters::id("id", &path)?;
    app.users.delete(&actor, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
