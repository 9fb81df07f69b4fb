use actix_web::http::header::{HeaderMap, HeaderName};
use application::trace::TraceParent;

/// Header of W3C Trace Context (<https://www.w3.org/TR/trace-context/#traceparent-header>).
const HEADER: HeaderName = HeaderName::from_static("traceparent");

/// Returns the caller's position in its trace; `None` if the header is absent or malformed.
#[must_use]
pub fn trace_parent(headers: &HeaderMap) -> Option<TraceParent> {
    headers.get(HEADER)?.to_str().ok()?.parse().ok()
}
