//! What pages of other origins may ask of this server (<https://fetch.spec.whatwg.org/#http-cors-protocol>).

use actix_cors::Cors;
use actix_web::http::{Method, header};

/// How long a browser may remember the answer to its preflight request, in seconds.
const MAX_AGE_S: usize = 600;

/// Lets pages of these origins call every door and read what its answers say. Cookies are not for them: whoever calls
/// says by a header who they are.
pub(super) fn allowing(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allowed_headers([
            header::ACCEPT,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
        ])
        .allowed_header("x-request-id")
        .allowed_header("traceparent")
        .expose_headers([
            header::CONTENT_DISPOSITION,
            header::ETAG,
            header::LOCATION,
            header::RETRY_AFTER,
            header::WWW_AUTHENTICATE,
        ])
        .expose_headers(["x-request-id", "ratelimit", "ratelimit-policy"])
        .max_age(MAX_AGE_S);
    origins
        .iter()
        .fold(cors, |cors, origin| cors.allowed_origin(origin))
}
