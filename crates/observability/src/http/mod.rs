//! Observation of HTTP requests (an id, a span, a duration and a log line each), and the headers of every response.

mod exchange;
mod middleware;
mod rejection;
mod request_id;
mod security_headers;
mod trace_parent;

pub use middleware::RequestTelemetry;
pub use rejection::log_rejection;
pub use request_id::RequestId;
pub use security_headers::{CONTENT_POLICY, SECURITY_HEADERS};
pub use trace_parent::trace_parent;
