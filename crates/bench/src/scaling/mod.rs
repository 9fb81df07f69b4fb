//! A model of how far one mutex and one feed task go on machines with more cores, from the costs of single steps.
//!
//! * `estimates`: the results of `cargo bench`; `costs`: the ones that the model uses.
//! * `model`: the limits that follow from them.
//! * `report`, `table`: the model beside measurements, as part of a document.

mod costs;
mod estimates;
mod model;
mod report;
mod table;

pub(crate) use report::ScalingReport;
