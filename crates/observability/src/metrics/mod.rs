//! Metrics for Prometheus. Code records them by name through the `metrics` facade; the [catalogue](CATALOGUE) describes
//! all names.

mod catalogue;
mod recorder;

pub use catalogue::{CATALOGUE, Kind, Metric, names};
pub use recorder::{MetricsPage, recorder};
