//! On whose behalf a request is made.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload, web::Data};
use application::{Actor, Origin, fairness::account};
use futures::future::LocalBoxFuture;
use http_edge::{Party, RequestChecks};

use crate::problem::{Problem, Result};

/// Who sends a request; nobody comes in without a token.
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
    /// Who sends a request.
    ///
    /// # Errors
    /// 401, 429, or 503 when nobody can tell.
    pub(crate) async fn of(request: &HttpRequest) -> Result<Self> {
        Self::assigned(request, request_checks_of(request).receive(request).await?)
    }

    /// The sender of a request that ends a session, which is not refused for want of quota.
    ///
    /// # Errors
    /// As [`Caller::of`].
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

/// From where a request comes, for endpoints that are open to everybody: whoever has no good token any more comes here.
pub(crate) struct Visitor(pub(crate) Origin);

impl FromRequest for Visitor {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl Visitor {
    /// From where a request comes.
    ///
    /// # Errors
    /// 429.
    pub(crate) fn of(request: &HttpRequest) -> Result<Self> {
        Ok(Self(request_checks_of(request).receive_visitor(request)?))
    }

    /// The same for a request that ends a session, which is not refused for want of quota.
    ///
    /// # Errors
    /// 429, when there are very many of them.
    pub(crate) fn leaving(request: &HttpRequest) -> Result<Self> {
        let origin = request_checks_of(request).receive_departing_visitor(request)?;
        Ok(Self(origin))
    }
}

/// What asks who calls.
pub(crate) fn request_checks_of(request: &HttpRequest) -> Data<RequestChecks> {
    let request_checks = request.app_data::<Data<RequestChecks>>();
    request_checks
        .cloned()
        .expect("the endpoints were mounted with it")
}
