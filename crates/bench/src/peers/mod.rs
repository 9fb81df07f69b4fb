//! The loads of the report on other live servers, compared with fleetwatch.

mod figures;
mod measuring;
mod table;

pub(crate) use measuring::PeerReport;
