//! What pages of other origins may ask of this server (<https://fetch.spec.whatwg.org/#http-cors-protocol>).

use actix_cors::Cors;
use actix_web::http::Method;

/// How long a browser may remember the answer to its preflight request, in seconds.
const MAX_AGE_S: usize = 600;

/// The request headers that client libraries send without being asked to: those of a request itself, of traces (W3C Trace
/// Context, W3C Baggage, Sentry), and of GraphQL clients, which name themselves and the operation.
const REQUEST_HEADERS: &[&str] = &[
    "accept",
    "accept-language",
    "authorization",
    "cache-control",
    "content-type",
    "if-match",
    "if-none-match",
    "last-event-id",
    "pragma",
    "x-request-id",
    "x-requested-with",
    "traceparent",
    "tracestate",
    "baggage",
    "sentry-trace",
    "apollo-require-preflight",
    "apollographql-client-name",
    "apollographql-client-version",
    "graphql-client-name",
    "graphql-client-version",
    "x-apollo-operation-id",
    "x-apollo-operation-name",
    "x-graphql-client-name",
    "x-graphql-client-version",
];

/// The response headers that a page may read beside those that every page may.
const RESPONSE_HEADERS: &[&str] = &[
    "content-disposition",
    "etag",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "www-authenticate",
    "x-request-id",
];

/// Lets pages of these origins call every endpoint and read what its answers say. Cookies are not for them: callers are
/// authenticated by a header, which a browser never adds by itself.
pub(super) fn allowing(origins: Vec<String>) -> Cors {
    Cors::default()
        .allowed_origin_fn(move |origin, _| {
            origin
                .to_str()
                .is_ok_and(|origin| http_edge::is_one_of(origin, &origins))
        })
        .allowed_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allowed_headers(REQUEST_HEADERS.iter().copied())
        .expose_headers(RESPONSE_HEADERS.iter().copied())
        .max_age(MAX_AGE_S)
}
