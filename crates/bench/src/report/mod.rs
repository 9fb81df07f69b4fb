//! The report that `just bench` writes, and the parts that other reports share.

mod document;
mod figures;
mod machine;
mod measuring;
mod single;
mod table;

pub(crate) use document::write_into;
pub(crate) use machine::Machine;
pub(crate) use measuring::{DAY, Report};
pub(crate) use single::{idle_memory, run};
pub(crate) use table::{grouped, share, summary};
