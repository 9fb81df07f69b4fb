//! Swagger UI at `/docs`, from files in the binary.

use actix_web::{HttpResponse, dev::HttpServiceFactory, http::header, middleware::DefaultHeaders, web};
use utoipa_swagger_ui::SwaggerUi;

use crate::openapi;

/// What a browser may do with these pages. Swagger UI sets styles on its elements and draws its icons from `data:`;
/// everything else comes from this server.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `/docs` and what is below it.
pub(crate) fn pages() -> impl HttpServiceFactory {
    web::scope("/docs")
        .wrap(DefaultHeaders::new().add((header::CONTENT_SECURITY_POLICY, CONTENT_POLICY)))
        .service(SwaggerUi::new("/{_:.*}").url("/api/openapi.json", openapi::document()))
}

/// `/docs` without a slash.
pub(crate) async fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, "/docs/"))
        .finish()
}
