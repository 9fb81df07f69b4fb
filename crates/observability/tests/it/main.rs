//! The crate as its users see it: over HTTP, in Prometheus' text, at an OTLP receiver.

mod finished_spans;
mod http;
mod http_traces;
mod metrics;
mod otlp_receiver;
mod path_tracer;
mod telemetry;
mod websocket;
