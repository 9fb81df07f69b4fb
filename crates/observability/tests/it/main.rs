//! Tests of the crate through its public interface: over HTTP, in Prometheus' text, and by spans.

mod export;
mod finished_spans;
mod http;
mod http_traces;
mod metrics;
mod path_tracer;
mod websocket;
