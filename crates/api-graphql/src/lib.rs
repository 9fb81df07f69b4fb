//! GraphQL over the use cases: the schema, `/graphql` over HTTP, and `/graphql/ws` and `/graphql/stream` for
//! subscriptions.
//!
//! * [`GraphqlApi`]: what the server mounts.
//! * [`sdl`]: the schema in GraphQL's own language.
//! * `schema`, `types`: the resolvers, and what they answer.
//! * `loading`: what many fields want to know is asked for once.
//! * `request`, `persisted`, `document`, `execution`, `operation`: from a request to its answer, and the limits on the
//!   way; `cost`: what it is charged.
//! * `page`: the arguments by which a page of a list is asked for.
//! * `problem`: all errors that a client can see, in one place.
//! * `caller`: on whose behalf a request is made.
//! * `http`, `sockets`, `stream`: the endpoints; `media_type`: what the first of them answers in.

mod api;
mod caller;
mod context;
mod cost;
mod document;
mod execution;
#[cfg(test)]
mod fuzz;
mod http;
mod instruments;
mod loading;
mod media_type;
mod operation;
mod page;
mod persisted;
mod problem;
mod request;
mod schema;
mod sockets;
mod stream;
mod types;

pub use api::{GraphqlApi, GraphqlOptions, GraphqlParts, SocketOptions};
pub use schema::sdl;
