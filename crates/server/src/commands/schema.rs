//! `fleetwatch schema`: the GraphQL schema.

use super::print;
use crate::failure::Failure;

/// Prints the schema in GraphQL's own language.
///
/// # Errors
/// When nothing can be written.
pub fn run() -> Result<(), Failure> {
    Ok(print(&api_graphql::sdl())?)
}
