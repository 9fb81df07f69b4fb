//! The way of one message or request, as OpenTelemetry spans.
//!
//! * [`HeadSampler`]: decides at a trace's first span in this server whether it is kept.
//! * [`OtelTracer`]: makes the spans.
//! * [`export()`]: where they go.

mod budget;
mod export;
mod sampler;
mod tracer;

pub use export::{TraceOptions, export};
pub use sampler::HeadSampler;
pub use tracer::OtelTracer;
pub(crate) use tracer::trace_parent;
