//! Prints the schema in GraphQL's own language, as `fleetwatch schema` does, without building the server.

use std::io::{Write as _, stdout};

fn main() -> std::io::Result<()> {
    stdout().write_all(api_graphql::sdl().as_bytes())
}
