//! Limit on lists that are returned without paging.

use domain::vehicle::Vehicle;

use crate::error::{Error, Result};

/// Maximum number of vehicles that are returned without paging. Longer lists must be read in pages, because a single
/// answer of a hundred megabytes would slow down all other callers.
pub(super) const LIMIT: u32 = 10_000;

/// Number of vehicles to read: one more than the limit, to detect a longer list.
pub(super) const ASKED_FOR: u32 = LIMIT + 1;

pub(super) fn checked(vehicles: Vec<Vehicle>) -> Result<Vec<Vehicle>> {
    if vehicles.len() > LIMIT as usize {
        return Err(Error::TooMany {
            what: "vehicles",
            limit: LIMIT,
        });
    }
    Ok(vehicles)
}
