//! Growth of the server's CPU time with the number of deliveries, when vehicles or sockets are added.

mod exponent;
mod figures;
mod measuring;
mod series;
mod table;

pub(crate) use measuring::GrowthReport;
