//! The OpenAPI document (<https://spec.openapis.org/oas/v3.1.1>). It is collected from the handlers, and completed with
//! the errors, headers and security that they share.

mod errors;
mod headers;
mod operations;
mod optional;
mod security;

use std::sync::LazyLock;

use actix_web::HttpResponse;
use http_edge::ProblemDetails;
use utoipa::{OpenApi, openapi::ContactBuilder};

use crate::{
    audit, auth, cache, dead_letters, grants, groups, log_level, organizations, schemas, users,
    vehicles as vehicle_handlers,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "fleetwatch",
        description = "Monitors fleets of robots, and manages vehicles, groups, organisations and users. Log in at `/api/auth/login`, and send the access token with every request. Errors are RFC 9457 problem details.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/", description = "This server")),
    tags(
        (name = "vehicles", description = "The registry of vehicles, and their current positions and states"),
        (name = "groups", description = "Groups of vehicles of one organisation"),
        (name = "organizations", description = "Organisations (tenants)"),
        (name = "auth", description = "Log-in, token refresh and log-out"),
        (name = "users", description = "Users, and their access to vehicles"),
        (name = "audit", description = "The audit log"),
        (name = "dead-letters", description = "Rejected messages from robots"),
        (name = "cache", description = "The cache of positions and states"),
        (name = "log", description = "The log of the server"),
    ),
    paths(
        vehicle_handlers::list,
        vehicle_handlers::create,
        vehicle_handlers::export,
        vehicle_handlers::import,
        vehicle_handlers::near,
        vehicle_handlers::get,
        vehicle_handlers::update,
        vehicle_handlers::delete,
        vehicle_handlers::restore,
        vehicle_handlers::enable,
        vehicle_handlers::disable,
        vehicle_handlers::change_status,
        vehicle_handlers::position,
        vehicle_handlers::state,
        vehicle_handlers::mapping,
        vehicle_handlers::positions,
        vehicle_handlers::states,
        groups::list,
        groups::create,
        groups::get,
        groups::rename,
        groups::delete,
        groups::add_vehicle,
        groups::remove_vehicle,
        organizations::list,
        organizations::create,
        organizations::get,
        organizations::rename,
        organizations::delete,
        auth::log_in,
        auth::refresh,
        auth::log_out,
        auth::me,
        auth::change_password,
        auth::sessions,
        auth::revoke_session,
        users::list,
        users::create,
        users::get,
        users::update,
        users::delete,
        grants::list,
        grants::create,
        grants::delete,
        audit::list,
        dead_letters::list,
        dead_letters::get,
        dead_letters::replay,
        dead_letters::discard,
        dead_letters::replay_batch,
        dead_letters::drop_batch,
        cache::clear,
        log_level::get,
        log_level::change,
    ),
    security(("bearer" = [])),
    components(schemas(ProblemDetails<'static>, auth::SessionDocument)),
)]
struct Api;

static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let mut document = Api::openapi();
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    let contact = ContactBuilder::new()
        .name(Some("fleetwatch"))
        .url(Some(env!("CARGO_PKG_REPOSITORY")));
    document.info.contact = Some(contact.build());
    security::declare(&mut document);
    document
        .components
        .get_or_insert_default()
        .schemas
        .extend(schemas::words::schemas());
    vehicle_handlers::schema::declare(&mut document);
    errors::declare(&mut document);
    headers::declare(&mut document);
    optional::describe(&mut document);
    document
        .to_pretty_json()
        .expect("the document serialises to JSON")
        + "\n"
});

/// Returns the document as indented JSON.
#[must_use]
pub fn openapi() -> &'static str {
    &DOCUMENT
}

/// `GET /api/openapi.json`: the OpenAPI document.
pub(crate) async fn show() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(openapi())
}

/// `GET /api/asyncapi.json`: the AsyncAPI document of the live gateway, which `api-ws` generates.
pub(crate) async fn show_asyncapi(document: &'static str) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(document)
}
