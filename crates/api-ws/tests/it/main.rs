//! Tests of the gateway over real sockets.

mod described;
mod gateway;
mod identity;
mod life;
mod registry;
mod schema;
mod subscriptions;
mod support;
