//! Logs, metrics and traces.
//!
//! * [`Telemetry`]: all three, for a server.
//! * [`logs`]: log lines on the console and in a file.
//! * [`metrics`]: counters, gauges and histograms, and their catalogue.
//! * [`traces`]: spans of messages and requests, exported over OTLP.
//! * [`http`]: observation of HTTP requests.

mod error;
pub mod http;
pub mod logs;
pub mod metrics;
mod telemetry;
pub mod traces;

pub use error::InitError;
pub use telemetry::{Options, Telemetry};
