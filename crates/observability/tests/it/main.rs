//! Tests of the crate through its public interface: HTTP, the Prometheus text format and spans.

mod export;
mod finished_spans;
mod http;
mod http_traces;
mod metrics;
mod path_tracer;
mod websocket;
