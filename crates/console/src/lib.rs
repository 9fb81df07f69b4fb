//! The monitoring screen at `/` and the GraphQL page at `/graphiql`: HTML, CSS and JavaScript files that are embedded
//! in the binary. They only use public endpoints of the server, such as `/api/auth`, `/ws` and `/graphql`.

mod asset;
#[cfg(test)]
mod checks;
mod graphiql;
mod routes;
mod screen;
mod shared;

pub use routes::{serve_graphiql, serve_screen};
