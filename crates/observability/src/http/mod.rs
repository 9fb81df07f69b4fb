//! What is seen of every HTTP request: an id, a span, a duration, a line in the log; and the headers that
//! every response gets.

mod exchange;
mod middleware;
mod request_id;
mod security_headers;

pub use middleware::RequestTelemetry;
pub use request_id::RequestId;
pub use security_headers::{CONTENT_POLICY, SECURITY_HEADERS};
