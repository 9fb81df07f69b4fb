//! The crate as its users see it: over HTTP, in Prometheus' text, span by span.

mod export;
mod finished_spans;
mod http;
mod http_traces;
mod metrics;
mod path_tracer;
mod websocket;
