//! The gateway through real sockets.

mod gateway;
mod life;
mod subscriptions;
mod support;
