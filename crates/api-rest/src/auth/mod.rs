//! Endpoints of log-in, token refresh and log-out, and of the caller's own account.

mod input;
mod representation;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Data, Path, Payload},
};
use application::{
    Application,
    sessions::{Guess, RefreshToken, TokenPair},
};
use domain::SessionId;
use http_edge::token::{self, Presented};
use input::{log_in as read_log_in, password_change, refresh_token};
pub(crate) use representation::SessionDocument;
use representation::TokensDocument;
use serde_json::Value;

use crate::{
    body,
    caller::{Caller, Visitor},
    parameters,
    problem::Result,
    users::UserDocument,
};

/// Log in
///
/// An unknown username, a wrong password and a disabled user all return the same 401, and the response time does not
/// reveal which of them it was. Attempts are limited per account and per address.
#[utoipa::path(
    post,
    path = "/api/auth/login",
    tag = "auth",
    operation_id = "logIn",
    security(()),
    request_body(content = input::LogInSchema, content_type = "application/json"),
    responses((status = 200, description = "Tokens of a new session", body = TokensDocument)),
)]
pub(crate) async fn log_in(
    request: HttpRequest,
    payload: Payload,
    Visitor(origin): Visitor,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let given = read_log_in(body::credentials(&request, payload).await?)?;
    let agent = request.headers().get(header::USER_AGENT);
    let guess = Guess {
        username: given.username,
        password: given.password,
        user_agent: agent.and_then(|agent| agent.to_str().ok()).map(str::to_owned),
    };
    let pair = app.sessions.log_in(guess, &origin).await?;
    Ok(tokens(&pair))
}

/// Refresh the tokens
///
/// A refresh token can be used once. Using it a second time returns 401 and ends its session, because the token may
/// have been stolen.
#[utoipa::path(
    post,
    path = "/api/auth/refresh",
    tag = "auth",
    operation_id = "refreshTokens",
    security(()),
    request_body(content = input::RefreshSchema, content_type = "application/json"),
    responses((status = 200, description = "New tokens of the session", body = TokensDocument)),
)]
pub(crate) async fn refresh(
    request: HttpRequest,
    payload: Payload,
    Visitor(origin): Visitor,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let token = refresh_token(body::credentials(&request, payload).await?)?;
    let pair = app.sessions.refresh(&token, &origin).await?;
    Ok(tokens(&pair))
}

/// Log out
///
/// Ends the session of the refresh token in the body, regardless of the access token. Without a refresh token, ends the
/// session of the access token. The session's open sockets are closed.
#[utoipa::path(
    post,
    path = "/api/auth/logout",
    tag = "auth",
    operation_id = "logOut",
    security((), ("bearer" = [])),
    request_body(content = Option<input::RefreshSchema>, content_type = "application/json"),
    responses((status = 204, description = "The session has ended")),
)]
pub(crate) async fn log_out(
    request: HttpRequest,
    payload: Payload,
    app: Data<Application>,
) -> Result<HttpResponse> {
    // A request without an access token has to name its session in the body. A request with one may have a body of
    // another media type, which is ignored.
    let shows_token = token::in_header(request.headers()) != Presented::Nothing;
    let has_body = match body::media_type(&request) {
        Some(media_type) => !shows_token || media_type == "application/json",
        None => false,
    };
    if has_body {
        let Visitor(origin) = Visitor::leaving(&request)?;
        if let Some(token) = named_token(&request, payload, shows_token).await? {
            app.sessions.log_out_by_token(&token, &origin).await?;
            return Ok(HttpResponse::NoContent().finish());
        }
    }
    let Caller(actor) = Caller::leaving(&request).await?;
    app.sessions.log_out(&actor).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Reads the refresh token in the body. If `may_be_empty`, returns `None` for an empty body, `null` or `{}`.
async fn named_token(
    request: &HttpRequest,
    payload: Payload,
    may_be_empty: bool,
) -> Result<Option<RefreshToken>> {
    let body = match may_be_empty {
        true => body::credentials_or_nothing(request, payload).await?,
        false => Some(body::credentials(request, payload).await?),
    };
    match body {
        None | Some(Value::Null) if may_be_empty => Ok(None),
        Some(Value::Object(fields)) if may_be_empty && fields.is_empty() => Ok(None),
        body => Ok(Some(refresh_token(body.unwrap_or_default())?)),
    }
}

/// Get the authenticated user
///
/// Returns the user of the access token, with the user's current role.
#[utoipa::path(
    get,
    path = "/api/auth/me",
    tag = "auth",
    operation_id = "getMe",
    responses((status = 200, description = "The user", body = UserDocument)),
)]
pub(crate) async fn me(Caller(actor): Caller, app: Data<Application>) -> Result<HttpResponse> {
    let user = app.users.get_oneself(&actor).await?;
    Ok(HttpResponse::Ok().json(UserDocument::from(&user)))
}

/// Change the caller's password
///
/// Ends all sessions of the user, including the current one.
#[utoipa::path(
    post,
    path = "/api/auth/password",
    tag = "auth",
    operation_id = "changePassword",
    request_body(content = input::PasswordChangeSchema, content_type = "application/json"),
    responses((status = 204, description = "The password was changed")),
)]
pub(crate) async fn change_password(
    request: HttpRequest,
    payload: Payload,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let change = password_change(
        body::credentials(&request, payload).await?,
        app.users.password_policy(),
    )?;
    app.sessions
        .change_password(&actor, &change.current, &change.new)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List the caller's sessions
///
/// Returns the sessions that have not ended, newest first.
#[utoipa::path(
    get,
    path = "/api/auth/sessions",
    tag = "auth",
    operation_id = "listSessions",
    responses((status = 200, description = "The sessions", body = representation::SessionListSchema)),
)]
pub(crate) async fn sessions(Caller(actor): Caller, app: Data<Application>) -> Result<HttpResponse> {
    let sessions = app.sessions.list(&actor).await?;
    let documents: Vec<_> = sessions.iter().map(SessionDocument::from).collect();
    Ok(HttpResponse::Ok().json(documents))
}

/// End one of the caller's sessions
///
/// The tokens of the session are no longer accepted, and its open sockets are closed.
#[utoipa::path(
    delete,
    path = "/api/auth/sessions/{id}",
    tag = "auth",
    operation_id = "revokeSession",
    params(("id" = inline(crate::schemas::IdSchema), Path, description = "Id of the session")),
    responses((status = 204, description = "The session has ended")),
)]
pub(crate) async fn revoke_session(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: SessionId = parameters::id("id", &path)?;
    app.sessions.revoke(&actor, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn tokens(pair: &TokenPair) -> HttpResponse {
    HttpResponse::Ok().json(TokensDocument::from(pair))
}
