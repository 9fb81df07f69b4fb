//! Metrics for Prometheus. Code records them by name through the `metrics` facade. The [catalogue](CATALOGUE) describes
//! all of them, and [`labels_of`] their labels.

mod catalogue;
mod labels;
mod memory_limit;
mod process;
mod recorder;
mod zero;

pub use catalogue::{CATALOGUE, Kind, Metric, names};
pub use labels::{Label, Values, labels_of};
pub use recorder::{MetricsPage, recorder};
pub use zero::begin_at_zero;
