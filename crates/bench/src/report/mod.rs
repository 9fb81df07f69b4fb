//! The report of all measurements.

mod document;
mod figures;
mod machine;
mod measuring;
mod table;

pub use document::write_into;
pub use machine::Machine;
pub use measuring::{DAY, Report};
pub use table::summary;
