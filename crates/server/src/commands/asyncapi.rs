//! `fleetwatch asyncapi`: the AsyncAPI document of the live gateway.

use super::print;
use crate::failure::Failure;

/// Prints the AsyncAPI document as YAML.
///
/// # Errors
/// Fails if standard output can't be written to.
pub fn run() -> Result<(), Failure> {
    Ok(print(api_ws::asyncapi::yaml())?)
}
