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

/// Observes every request. It belongs outside of all other middleware, that is, it is wrapped last.
///
/// * Every response carries `x-request-id` and the security headers, errors too.
/// * What is logged while the request is handled carries its id.
/// * A `traceparent` is honoured; see [`crate::traces::HeadSampler`].
/// * Bodies pass by untouched: nothing is buffered, and a WebSocket is over, as a request, when it is open.
#[derive(Debug, Clone)]
pub struct RequestTelemetry {
    tracer: Option<OtelTracer>,
}

impl RequestTelemetry {
    /// Without a tracer no spans are made.
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

/// A service whose requests are observed.
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
        Box::pin(async move {
            match answer.await {
                Ok(mut response) => {
                    let status = response.status();
                    exchange.end(status, response.headers_mut());
                    Ok(response)
                }
                // Some inner middleware gave up: its error becomes a response here, or else it would leave
                // without our headers.
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
