//! `fleetwatch schema`: the GraphQL schema.

use super::print;
use crate::failure::Failure;

/// Prints the schema in the GraphQL schema definition language.
///
/// # Errors
/// Fails if standard output can't be written to.
pub fn run() -> Result<(), Failure> {
    Ok(print(&api_graphql::sdl())?)
}
