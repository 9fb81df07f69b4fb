//! Prints the schema in the GraphQL schema definition language, as `fleetwatch schema` does, but needs no server build.

use std::io::{Write as _, stdout};

fn main() -> std::io::Result<()> {
    stdout().write_all(api_graphql::sdl().as_bytes())
}
