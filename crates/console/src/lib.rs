//! The monitoring screen at `/` and the GraphQL page at `/graphiql`: HTML, CSS and JavaScript files, embedded in the
//! binary. They only use the server's public endpoints, such as `/api/auth`, `/ws` and `/graphql`.

mod asset;
#[cfg(test)]
mod checks;
mod graphiql;
mod routes;
mod screen;
mod shared;

pub use routes::{serve_graphiql, serve_screen};
