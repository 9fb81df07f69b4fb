//! The monitoring screen at `/`: plain HTML, CSS and JavaScript, embedded in the binary. It knows the server as
//! any client does, by `/ws` and `/graphql`.

mod asset;
mod routes;

pub use routes::configure;
