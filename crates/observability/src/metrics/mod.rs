//! How much and how fast, for Prometheus. Whoever measures something records it by its name through the
//! `metrics` facade; what all the names mean is said once, in the [catalogue](CATALOGUE).

mod catalogue;
mod recorder;

pub use catalogue::{CATALOGUE, Kind, Metric, names};
pub use recorder::{MetricsPage, recorder};
