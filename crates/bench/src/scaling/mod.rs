//! A model of the limits of one mutex and one feed thread on machines with more cores, from the costs of single steps.
//!
//! * `estimates`: the results of `cargo bench`; `costs`: those that the model uses.
//! * `model`: the limits that follow from them.
//! * `report`, `table`: the model and measurements, as part of a document.

mod costs;
mod estimates;
mod model;
mod report;
mod table;

pub(crate) use report::ScalingReport;
