//! On whose behalf a request is made: one function for each door.
//!
//! Nobody has to log in yet. Each caller is the administrator at this machine's console, which is why the
//! server then listens on the loopback address only.

use actix_web::HttpRequest;
use application::Actor;
use juniper::Variables;

/// Who sends an HTTP request.
pub(crate) fn of_request(_request: &HttpRequest) -> Actor {
    Actor::local_administrator()
}

/// Who opens a socket, by the payload of its `connection_init`.
pub(crate) fn of_connection_init(_payload: &Variables) -> Actor {
    Actor::local_administrator()
}
