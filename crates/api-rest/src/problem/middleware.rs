//! Every error in one form, wherever it arises.

use std::panic::AssertUnwindSafe;

use actix_web::{
    Error, FromRequest as _, HttpResponse,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::StatusCode,
    middleware::Next,
};
use futures::FutureExt as _;
use observability::http::RequestId;

use super::Problem;

/// Gives every error of what is inside the form of a problem: those of handlers, those of actix itself, and panics.
pub(crate) async fn as_problems(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Ok(id) = RequestId::extract(request.request()).await;
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(Ok(response)) => {
            let written = response.response().error().map(|error| written(error, &id));
            Ok(match written {
                Some(written) => ServiceResponse::new(response.into_parts().0, written),
                None => response,
            })
        }
        Ok(Err(error)) => Err(InternalError::from_response("", written(&error, &id)).into()),
        Err(_) => {
            tracing::error!(request.id = id.as_str(), "a handler panicked");
            let problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error");
            Err(InternalError::from_response("", problem.respond(&id)).into())
        }
    }
}

fn written(error: &Error, id: &RequestId) -> HttpResponse {
    match error.as_error::<Problem>() {
        Some(problem) => problem.respond(id),
        None => Problem::new(error.as_response_error().status_code(), error.to_string()).respond(id),
    }
}
