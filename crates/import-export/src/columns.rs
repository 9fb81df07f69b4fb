//! The columns of a CSV.

use std::sync::LazyLock;

use crate::{cell::Kind, vehicle};

/// A column: its path in the JSON object of a vehicle, and what its cells hold.
pub(crate) struct Column {
    pub(crate) path: String,
    pub(crate) kind: Kind,
}

/// Every column, in the order in which they are written.
pub(crate) static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let columns = vehicle::paths().map(|(path, kind)| Column { path, kind });
    columns.collect()
});
