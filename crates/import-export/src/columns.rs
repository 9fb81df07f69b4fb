use std::sync::LazyLock;

use crate::{cell::Kind, vehicle};

/// Column of a CSV file: the path of its field in the JSON object of a vehicle, and the type of its cells.
pub(crate) struct Column {
    pub(crate) path: String,
    pub(crate) kind: Kind,
}

/// All columns, in the order in which they are written.
pub(crate) static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let columns = vehicle::paths().map(|(path, kind)| Column { path, kind });
    columns.collect()
});
