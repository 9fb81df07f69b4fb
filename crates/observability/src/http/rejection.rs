use actix_web::http::StatusCode;

use super::RequestId;
use crate::logs::REFUSED;

/// Logs a request that was rejected before it reached the endpoints, for example because it is not valid HTTP. Any
/// client can cause these lines, so their number is limited.
pub fn log_rejection(status: StatusCode, id: &RequestId) {
    let (id, status_code) = (id.as_str(), status.as_u16());
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::warn!(request.id = id, status_code, "rejected");
    } else {
        tracing::info!(target: REFUSED, { request.id = id, status_code }, "rejected");
    }
}
