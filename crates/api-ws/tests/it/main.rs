//! The gateway through real sockets.

mod gateway;
mod identity;
mod life;
mod subscriptions;
mod support;
