//! Logs, metrics and traces: set up once, used by name.
//!
//! * [`Telemetry`]: all three, for a server.
//! * [`logs`]: what happens, in words.
//! * [`metrics`]: how much and how fast; the catalogue of all metrics.
//! * [`traces`]: the way of one message or request, exported over OTLP.
//! * [`http`]: what is seen of every HTTP request.

mod error;
pub mod http;
pub mod logs;
pub mod metrics;
mod telemetry;
pub mod traces;

pub use error::InitError;
pub use telemetry::{Options, Telemetry};
