//! On whose behalf a request is made.
//!
//! Nobody has to log in yet. Each caller is the administrator at this machine's console, which is why the
//! server then listens on the loopback address only.

use std::{
    convert::Infallible,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use application::Actor;

/// Who sends a request.
pub(crate) struct Caller(pub(crate) Actor);

impl FromRequest for Caller {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(_: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(Actor::local_administrator())))
    }
}
