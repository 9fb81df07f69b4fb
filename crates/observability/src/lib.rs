//! Logs, metrics and traces, set up once and used by name.
//!
//! * [`Telemetry`]: all three, for a server.
//! * [`logs`]: log lines on the console and in a file.
//! * [`metrics`]: counters, gauges and histograms, and the catalogue of them.
//! * [`traces`]: spans of messages and requests, exported over OTLP.
//! * [`http`]: the observation of HTTP requests.

mod error;
pub mod http;
pub mod logs;
pub mod metrics;
mod telemetry;
pub mod traces;

pub use error::InitError;
pub use telemetry::{Options, Telemetry};
