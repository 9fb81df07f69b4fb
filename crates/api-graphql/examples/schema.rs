//! Prints the schema in the GraphQL schema definition language, as `fleetwatch schema` does, but without requiring a
//! build of the server.

use std::io::{Write as _, stdout};

fn main() -> std::io::Result<()> {
    stdout().write_all(api_graphql::sdl().as_bytes())
}
