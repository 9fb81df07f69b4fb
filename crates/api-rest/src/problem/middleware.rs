//! Middleware that turns every error into a problem document.

use std::panic::AssertUnwindSafe;

use actix_web::{
    Error, FromRequest as _, HttpMessage as _, HttpRequest, HttpResponse,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::StatusCode,
    middleware::Next,
    web::Data,
};
use application::Actor;
use futures::FutureExt as _;
use http_edge::RequestChecks;
use observability::http::RequestId;

use super::Problem;

/// Turns errors of handlers and of actix itself, and panics of handlers, into problem documents.
pub(crate) async fn as_problems(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Ok(id) = RequestId::extract(request.request()).await;
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(Ok(response)) => {
            let error = response.response().error();
            note_refusal(response.request(), error);
            let written = error.map(|error| written(error, &id));
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

/// Records in the audit log that the caller was refused an operation, if that is the error.
fn note_refusal(request: &HttpRequest, error: Option<&Error>) {
    let problem = error.and_then(|error| error.as_error::<Problem>());
    if let Some(operation) = problem.and_then(Problem::refused)
        && let Some(request_checks) = request.app_data::<Data<RequestChecks>>()
        && let Some(actor) = request.extensions().get::<Actor>()
    {
        request_checks.note_refusal(actor, operation);
    }
}

fn written(error: &Error, id: &RequestId) -> HttpResponse {
    match error.as_error::<Problem>() {
        Some(problem) => problem.respond(id),
        None => Problem::new(error.as_response_error().status_code(), error.to_string()).respond(id),
    }
}
