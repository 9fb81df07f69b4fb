//! `fleetwatch openapi`: the OpenAPI document of the REST API.

use super::print;
use crate::failure::Failure;

/// Prints the OpenAPI document.
///
/// # Errors
/// Fails if standard output can't be written to.
pub fn run() -> Result<(), Failure> {
    Ok(print(api_rest::openapi())?)
}
