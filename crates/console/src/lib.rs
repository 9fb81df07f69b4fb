//! The monitoring screen at `/` and the page for GraphQL at `/graphiql`: HTML, CSS and JavaScript, embedded in the
//! binary. They know the server as any client does, by `/api/auth`, `/ws` and `/graphql`.

mod asset;
#[cfg(test)]
mod checks;
mod graphiql;
mod routes;
mod screen;
mod shared;

pub use routes::{serve_graphiql, serve_screen};
