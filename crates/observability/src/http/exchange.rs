use std::{sync::Arc, time::Instant};

use actix_web::{
    HttpMessage as _,
    dev::ServiceRequest,
    http::{Method, StatusCode, header::HeaderMap},
};
use application::spans::Trace;
use metrics::histogram;
use opentelemetry::{
    KeyValue,
    trace::{Span as _, Status},
};
use opentelemetry_sdk::trace::Span;

use super::{
    request_id::{self, RequestId},
    security_headers,
    trace_parent::trace_parent,
};
use crate::{
    logs::{REFUSED, context},
    metrics::names,
    traces::{OtelTracer, position_of},
};

/// Route label of requests that match no route. If the path were the label, clients could create any number of time
/// series.
const UNMATCHED: &str = "unmatched";

/// One request and its response.
pub(super) struct Exchange {
    id: RequestId,
    method: &'static str,
    path: String,
    route: String,
    started_at: Instant,
    span: Option<Span>,
    /// Trace of the request, if it is traced.
    trace: Option<Trace>,
    log: tracing::Span,
}

impl Exchange {
    /// Starts the observation of a request. Handlers find its [`RequestId`] in the request's extensions.
    pub(super) fn begin(request: &ServiceRequest, tracer: Option<&OtelTracer>) -> Self {
        let id = RequestId::of(request.headers());
        let method = bounded_method(request.method());
        let path = request.path().to_owned();
        let route = request.match_pattern();
        let span = tracer.and_then(|tracer| start_span(request, tracer, method, route.as_deref()));
        let route = route.unwrap_or_else(|| UNMATCHED.to_owned());
        request.extensions_mut().insert(id.clone());
        let log = context::request_span(id.as_str());
        let trace = span.as_ref().zip(tracer).map(|(span, tracer)| {
            let parent = position_of(span.span_context());
            context::note_trace(&log, parent.trace_id);
            Trace::new(Arc::new(tracer.clone()), parent)
        });
        Self {
            id,
            method,
            path,
            route,
            started_at: Instant::now(),
            span,
            trace,
            log,
        }
    }

    /// Returns the trace that the spans of the request belong to; `None` if the request is not traced.
    pub(super) fn trace(&self) -> Option<Trace> {
        self.trace.clone()
    }

    /// Returns the span that log lines of the request belong to.
    pub(super) fn log(&self) -> tracing::Span {
        self.log.clone()
    }

    /// Ends the observation when the head of the response is known. A streaming body, or a socket that the request was
    /// upgraded to, may last for days and is not included.
    pub(super) fn end(self, status: StatusCode, headers: &mut HeaderMap) {
        headers.insert(request_id::HEADER, self.id.header_value());
        security_headers::add_to(headers);
        let took = self.started_at.elapsed();
        self.log
            .in_scope(|| self.write_log(status, took.as_micros() as f64 / 1_000.0));
        if let Some(mut span) = self.span {
            span.set_attribute(KeyValue::new(
                "http.response.status_code",
                i64::from(status.as_u16()),
            ));
            if status.is_server_error() {
                span.set_status(Status::error(""));
            }
            span.end();
        }
        let status = status.as_str().to_owned();
        histogram!(names::HTTP_REQUEST_DURATION_SECONDS,
            "method" => self.method, "route" => self.route, "status" => status)
        .record(took);
    }

    /// Writes the log line of the request. Probes, which arrive every few seconds, are logged only at the debug level.
    fn write_log(&self, status: StatusCode, duration_ms: f64) {
        let Self { method, path, .. } = self;
        let status_code = status.as_u16();
        if is_probe(path) {
            tracing::debug!(method, path, status_code, duration_ms, "answered");
        } else if status.is_server_error() {
            tracing::warn!(method, path, status_code, duration_ms, "answered");
        } else if status.is_client_error() {
            // These lines have a separate target with a limit on their number, because any client can cause them.
            tracing::info!(target: REFUSED, method, path, status_code, duration_ms, "answered");
        } else {
            tracing::info!(method, path, status_code, duration_ms, "answered");
        }
    }
}

fn start_span(
    request: &ServiceRequest,
    tracer: &OtelTracer,
    method: &'static str,
    route: Option<&str>,
) -> Option<Span> {
    let parent = trace_parent(request.headers());
    let is_asked_for = parent.is_some_and(|parent| parent.sampled);
    if is_probe(request.path()) && !is_asked_for {
        return None;
    }
    let name = route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}"));
    let mut span = tracer.start_request(name, parent)?;
    span.set_attributes([
        KeyValue::new("http.request.method", method),
        KeyValue::new("url.path", request.path().to_owned()),
    ]);
    if let Some(route) = route {
        span.set_attribute(KeyValue::new("http.route", route.to_owned()));
    }
    Some(span)
}

/// Returns `true` for paths that monitoring systems request periodically.
fn is_probe(path: &str) -> bool {
    path == "/metrics" || path.starts_with("/health")
}

/// Returns the name of a common method. All other methods share one label, because clients can invent any number of
/// them.
fn bounded_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "_OTHER",
    }
}
