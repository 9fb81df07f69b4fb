//! Swagger UI at `/docs`, from files embedded in the binary.

use std::sync::Arc;

use actix_web::{HttpResponse, error::ErrorInternalServerError, http::header, web::Path};
use observability::http::RequestId;
use utoipa_swagger_ui::Config;

use crate::problem::Problem;

/// Content security policy of the pages. Swagger UI sets inline styles and loads icons from `data:` URLs. Everything
/// else is loaded from this server.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) async fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, "/docs/"))
        .finish()
}

/// Serves a file of Swagger UI. The name of the page itself is empty.
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
