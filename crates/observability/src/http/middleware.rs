use std::future::{Ready, ready};

use actix_web::{
    Error, HttpResponse,
    dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
    error::InternalError,
};
use futures::future::LocalBoxFuture;
use tracing::Instrument as _;

use super::exchange::Exchange;
use crate::traces::OtelTracer;

/// Middleware that observes every request. It must be the outermost one, that is, the one added last.
///
/// * Every response, errors included, has an `x-request-id` and the security headers.
/// * Log lines that are written while the request is handled contain its id.
/// * A `traceparent` is accepted: see [`crate::traces::HeadSampler`]. The spans of a traced request are children of the
///   span that this middleware starts.
/// * Bodies are passed on without buffering. The observation of a WebSocket ends when the socket opens.
#[derive(Debug, Clone)]
pub struct RequestTelemetry {
    tracer: Option<OtelTracer>,
}

impl RequestTelemetry {
    /// Creates the middleware; without a tracer, it creates no spans.
    #[must_use]
    pub fn new(tracer: Option<OtelTracer>) -> Self {
        Self { tracer }
    }
}

impl<S, B> Transform<S, ServiceRequest> for RequestTelemetry
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = Observed<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Observed {
            service,
            tracer: self.tracer.clone(),
        }))
    }
}

/// Service whose requests are observed.
pub struct Observed<S> {
    service: S,
    tracer: Option<OtelTracer>,
}

impl<S, B> Service<ServiceRequest> for Observed<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let exchange = Exchange::begin(&request, self.tracer.as_ref());
        let answer = self.service.call(request).instrument(exchange.log());
        let trace = exchange.trace();
        Box::pin(async move {
            let answered = match trace {
                Some(trace) => trace.run(answer).await,
                None => answer.await,
            };
            match answered {
                Ok(mut response) => {
                    let status = response.status();
                    exchange.end(status, response.headers_mut());
                    Ok(response)
                }
                // An inner middleware failed. Its error is converted to a response here, because a response that is
                // created outside this middleware would lack the headers.
                Err(error) => {
                    let cause = error.to_string();
                    let mut response = HttpResponse::from_error(error);
                    let status = response.status();
                    exchange.end(status, response.headers_mut());
                    Err(InternalError::from_response(cause, response).into())
                }
            }
        })
    }
}
