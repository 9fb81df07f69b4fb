//! Traces of messages and requests, as OpenTelemetry spans.
//!
//! * [`HeadSampler`]: decides whether a trace is kept.
//! * [`OtelTracer`]: creates the spans.
//! * [`export()`]: sends them to a receiver.

mod budget;
mod export;
mod http_client;
mod limited;
mod sampler;
mod tracer;

pub use export::{OtlpProtocol, OtlpReceiver, TraceOptions, export};
pub use sampler::HeadSampler;
pub use tracer::OtelTracer;
pub(crate) use tracer::position_of;
