//! Swagger UI at `/docs`, from files in the binary.

use std::sync::Arc;

use actix_web::{HttpResponse, error::ErrorInternalServerError, http::header, web::Path};
use observability::http::RequestId;
use utoipa_swagger_ui::Config;

use crate::problem::Problem;

/// What a browser may do with these pages. Swagger UI sets styles on its elements and draws its icons from `data:`;
/// everything else comes from this server.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `/docs` without a slash.
pub(crate) async fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, "/docs/"))
        .finish()
}

/// A file of Swagger UI; the page itself has an empty name.
pub(crate) async fn file(name: Path<String>, id: RequestId) -> actix_web::Result<HttpResponse> {
    let config = Arc::new(Config::from("/api/openapi.json"));
    let file = utoipa_swagger_ui::serve(&name, config).map_err(ErrorInternalServerError)?;
    Ok(match file {
        None => Problem::no_such_path().respond(&id),
        Some(file) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, file.content_type))
            .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_POLICY))
            .body(file.bytes.into_owned()),
    })
}
