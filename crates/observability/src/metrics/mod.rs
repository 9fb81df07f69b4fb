//! Metrics for Prometheus. Code records them by name through the `metrics` facade. The [catalogue](CATALOGUE) describes
//! all of them.

mod catalogue;
mod recorder;

pub use catalogue::{CATALOGUE, Kind, Metric, names};
pub use recorder::{MetricsPage, recorder};
