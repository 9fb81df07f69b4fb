//! Extractors for the caller of a request.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload, web::Data};
use application::{Actor, Origin, fairness::account};
use futures::future::LocalBoxFuture;
use http_edge::{Party, RequestChecks};

use crate::problem::{Problem, Result};

/// Authenticated caller of a request.
pub(crate) struct Caller(pub(crate) Actor);

impl FromRequest for Caller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::of(&request).await })
    }
}

impl Caller {
    /// Authenticates a request and counts it against the caller's quota.
    ///
    /// # Errors
    /// Returns 401 without a valid token, 429 if the quota is used up, 503 if the token cannot be checked.
    pub(crate) async fn of(request: &HttpRequest) -> Result<Self> {
        Self::assigned(request, request_checks_of(request).receive(request).await?)
    }

    /// Authenticates a request that ends a session. It is charged to a separate quota if the caller's quota is used up.
    ///
    /// # Errors
    /// Returns the errors of [`Caller::of`].
    pub(crate) async fn leaving(request: &HttpRequest) -> Result<Self> {
        Self::assigned(
            request,
            request_checks_of(request).receive_departure(request).await?,
        )
    }

    fn assigned(request: &HttpRequest, party: Party) -> Result<Self> {
        let actor = party.actor()?;
        account::assign(&actor);
        request.extensions_mut().insert(actor.clone());
        Ok(Self(actor))
    }
}

/// Origin of a request to an endpoint that needs no token, such as log-in.
pub(crate) struct Visitor(pub(crate) Origin);

impl FromRequest for Visitor {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl Visitor {
    /// Counts a request against the quota of its address and returns its origin.
    ///
    /// # Errors
    /// Returns 429 if the quota is used up.
    pub(crate) fn of(request: &HttpRequest) -> Result<Self> {
        Ok(Self(request_checks_of(request).receive_visitor(request)?))
    }

    /// Returns the origin of a request that ends a session. It is charged to a separate quota if the quota of the
    /// address is used up.
    ///
    /// # Errors
    /// Returns 429 if that quota is used up too.
    pub(crate) fn leaving(request: &HttpRequest) -> Result<Self> {
        let origin = request_checks_of(request).receive_departing_visitor(request)?;
        Ok(Self(origin))
    }
}

/// Returns the request checks of the server.
pub(crate) fn request_checks_of(request: &HttpRequest) -> Data<RequestChecks> {
    let request_checks = request.app_data::<Data<RequestChecks>>();
    request_checks
        .cloned()
        .expect("the request checks are registered with the endpoints")
}
