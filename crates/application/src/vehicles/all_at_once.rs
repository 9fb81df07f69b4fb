//! Lists that are given out in one piece.

use domain::vehicle::Vehicle;

use crate::error::{Error, Result};

/// How many vehicles are given out in one piece. More are to be asked for in pages: an answer of a hundred
/// megabytes helps nobody, and costs everybody.
pub(super) const LIMIT: u32 = 10_000;

/// One more than the limit, to find out whether there are more.
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
