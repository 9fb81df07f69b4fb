//! `fleetwatch openapi`: the description of the REST API.

use super::print;
use crate::failure::Failure;

/// Prints the OpenAPI document.
///
/// # Errors
/// When nothing can be written.
pub fn run() -> Result<(), Failure> {
    Ok(print(api_rest::openapi())?)
}
