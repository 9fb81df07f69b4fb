//! Cross-origin requests (<https://fetch.spec.whatwg.org/#http-cors-protocol>).

use actix_cors::Cors;
use actix_web::http::Method;

/// Time in seconds for which a browser may cache the response to a preflight request.
const MAX_AGE_S: usize = 600;

/// Allowed request headers: those that client libraries send by default, for HTTP itself, for tracing (W3C Trace
/// Context, W3C Baggage, Sentry) and for GraphQL clients, which name themselves and the operation.
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

/// Response headers that pages may read, in addition to the CORS-safelisted ones.
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

/// Allows pages of the given origins to call every endpoint and to read the responses. Credentials such as cookies are
/// not allowed: clients authenticate with a header, which a browser never adds automatically.
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
