//! GraphQL API over the use cases: the schema, and its endpoints `/graphql`, `/graphql/ws` (WebSocket) and
//! `/graphql/stream` (server-sent events).
//!
//! * [`GraphqlApi`]: the API, which the server mounts.
//! * [`sdl`]: the schema in the GraphQL schema definition language.
//!
//! The following modules use only modules on their own line and on the lines above it:
//!
//! * `options`, `problem`, `request`, `json_scalar`, `cost`, `media_type`, `instruments`: values.
//! * `persisted`, `document`: preparation of requests, including limits.
//! * `loading`: batched loading of data that several fields need.
//! * `context`, `ids`: context of resolvers, and parsing of ids.
//! * `types`, `page`, `schema`: types, parsing of the arguments of connections, and resolvers.
//! * `api`, `execution`, `operation`: execution of prepared requests.
//! * `caller`, `http`, `sockets`, `stream`: the endpoints.
//! * `mount`: routes.

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
