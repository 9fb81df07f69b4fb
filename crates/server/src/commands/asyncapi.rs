//! `fleetwatch asyncapi`: the description of the live gateway.

use super::print;
use crate::failure::Failure;

/// Prints the AsyncAPI document as YAML.
///
/// # Errors
/// When nothing can be written.
pub fn run() -> Result<(), Failure> {
    Ok(print(api_ws::asyncapi::yaml())?)
}
