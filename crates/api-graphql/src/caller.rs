//! Authentication of callers, with one function for each way to present a token.

use std::sync::Arc;

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap},
};
use application::{
    Actor, Error,
    identity::{Authenticated, LiveSession, RightsWatch},
};
use http_edge::{
    Payer, RequestChecks,
    token::{self, Presented},
};
use juniper::{DefaultScalarValue, InputValue, Variables};

use crate::{context::Caller, cost::Cost};

/// Authenticates the sender of an HTTP request, and charges the request. A sender without a token is an anonymous
/// caller, who may only use public operations.
///
/// # Errors
/// Returns [`Error::Unauthenticated`] for an invalid or expired token; [`Error::RateLimited`] if the quota is used up;
/// [`Error::Unavailable`] if the token cannot be checked.
pub(crate) async fn of_request(
    request_checks: &RequestChecks,
    request: &HttpRequest,
    request_id: &str,
) -> Result<Caller, Error> {
    let party = request_checks.receive(request).await?;
    let actor = match &party.bearer {
        Some(bearer) => bearer.actor(party.origin.clone()),
        None => Actor::anonymous(party.origin.clone()),
    };
    Ok(Caller {
        actor: Arc::new(actor),
        rights: RightsWatch::unchanging(),
        is_known: party.bearer.is_some(),
        payer: party.payer(),
        user_agent: user_agent(request.headers()),
        request_id: request_id.into(),
        cost: of_the_request(request).unwrap_or_default(),
    })
}

/// Returns the charge for a request itself, before its operation is known; `None` if the request was not charged.
pub(crate) fn of_the_request(request: &HttpRequest) -> Option<Cost> {
    RequestChecks::balance(request).map(|balance| Cost {
        requested: 1,
        remaining: balance.remaining(),
    })
}

/// Returns the caller of an operation on a socket or stream, with the current rights of its live session.
pub(crate) fn of_live_session(
    live_session: &LiveSession,
    user_agent: Option<Arc<str>>,
    request_id: &str,
) -> Caller {
    let actor = live_session.actor();
    Caller {
        actor: Arc::new(actor.clone()),
        rights: live_session.rights().clone(),
        is_known: true,
        payer: Payer::User(actor.user_id),
        user_agent,
        request_id: request_id.into(),
        cost: Cost::default(),
    }
}

/// Authenticates a socket by the payload of its `connection_init`: `{"authorization": "Bearer …"}`.
///
/// # Errors
/// Returns the errors of [`of_payload`], and [`Error::Unauthenticated`] if the payload has no token.
pub(crate) async fn of_connection_init(
    request_checks: &RequestChecks,
    payload: &Variables,
) -> Result<Authenticated, Error> {
    of_payload(request_checks, payload)
        .await?
        .ok_or(Error::Unauthenticated {
            reason: "connection_init must contain authorization: Bearer <token>",
        })
}

/// Authenticates a client by the token in the payload of a message, without a charge. Returns `None` if the payload has
/// no token.
///
/// # Errors
/// Returns [`Error::Unauthenticated`] for an invalid or expired token; [`Error::Unavailable`] if the token cannot be
/// checked.
pub(crate) async fn of_payload(
    request_checks: &RequestChecks,
    payload: &Variables,
) -> Result<Option<Authenticated>, Error> {
    let shown = match payload
        .get("authorization")
        .or_else(|| payload.get("Authorization"))
    {
        Some(InputValue::Scalar(DefaultScalarValue::String(text))) => token::bearer(text),
        Some(_) => Presented::Unreadable,
        None => Presented::Nothing,
    };
    request_checks.bearer(shown).await
}

pub(crate) fn user_agent(headers: &HeaderMap) -> Option<Arc<str>> {
    headers.get(header::USER_AGENT)?.to_str().ok().map(Arc::from)
}
