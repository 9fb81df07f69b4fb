//! GraphQL over the use cases: the schema, `/graphql` over HTTP, and `/graphql/ws` and `/graphql/stream` for
//! subscriptions.
//!
//! * [`GraphqlApi`]: what the server mounts.
//! * [`sdl`]: the schema in GraphQL's own language.
//!
//! The modules from the bottom up; each uses those before it, and a test holds that no circle of files begins:
//!
//! * `options`, `problem`, `request`, `json_scalar`, `cost`, `media_type`, `instruments`: values.
//! * `persisted`, `document`: from a request to a prepared document, and the limits on the way.
//! * `loading`: what many fields ask for is loaded in one call.
//! * `context`, `ids`, `page`: what resolvers work with, and how they read arguments.
//! * `types`, `schema`: the resolvers, and what they answer.
//! * `api`, `execution`, `operation`: from a prepared document to its answer.
//! * `caller`, `http`, `sockets`, `stream`: the endpoints.
//! * `mount`: their addresses.

mod api;
mod caller;
mod context;
mod cost;
mod document;
mod execution;
#[cfg(test)]
mod fuzz;
mod http;
mod ids;
mod instruments;
mod json_scalar;
mod loading;
mod media_type;
mod mount;
mod operation;
mod options;
mod page;
mod persisted;
mod problem;
mod request;
mod schema;
mod sockets;
mod stream;
mod types;

pub use api::{GraphqlApi, GraphqlParts};
pub use options::{GraphqlOptions, SocketOptions};
pub use schema::sdl;
