//! All measurements as a document.

mod document;
mod machine;
mod measuring;
mod table;

pub use document::write_into;
pub use measuring::Report;
pub use table::summary;
