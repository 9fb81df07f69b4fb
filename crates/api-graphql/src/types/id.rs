//! Reads ids.

use std::str::FromStr;

use domain::{Violations, id::InvalidId};
use juniper::ID;

/// The id that a client sent in this field.
pub(crate) fn parsed<T: FromStr<Err = InvalidId>>(field: &str, id: &ID) -> Result<T, Violations> {
    id.parse()
        .map_err(|fault: InvalidId| Violations::of(field, fault.to_string()))
}
