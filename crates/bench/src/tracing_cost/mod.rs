//! Cost of tracing: the CPU time of the server without tracing, with a share of the messages traced, and with all of
//! them traced.

mod measuring;
mod spread;

pub(crate) use measuring::TracingCostReport;
