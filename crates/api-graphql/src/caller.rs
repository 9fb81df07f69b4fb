//! On whose behalf a request is made: one function for each endpoint.

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

/// Who sends an HTTP request. Somebody without a token is nobody, who may log in.
///
/// # Errors
/// [`Error::Unauthenticated`] for a token that is no good; [`Error::RateLimited`]; [`Error::Unavailable`].
pub(crate) async fn of_request(
    request_checks: &RequestChecks,
    request: &HttpRequest,
    request_id: &str,
) -> Result<Caller, Error> {
    let party = request_checks.receive(request).await?;
    let actor = match &party.bearer {
        Some(bearer) => bearer.actor(party.origin.clone()),
        None => Actor::nobody(party.origin.clone()),
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

/// Returns the charge of a request before it was read; `None` when it was not charged.
pub(crate) fn of_the_request(request: &HttpRequest) -> Option<Cost> {
    RequestChecks::balance(request).map(|balance| Cost {
        requested: 1,
        remaining: balance.remaining(),
    })
}

/// Who stays on a socket, as it is now.
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

/// Who opens a socket, by the payload of its `connection_init`: `{"authorization": "Bearer …"}`.
///
/// # Errors
/// As [`of_request`]; [`Error::Unauthenticated`] for who shows no token, too.
pub(crate) async fn of_connection_init(
    request_checks: &RequestChecks,
    payload: &Variables,
) -> Result<Authenticated, Error> {
    of_payload(request_checks, payload)
        .await?
        .ok_or(Error::Unauthenticated {
            reason: "connection_init must have authorization: Bearer <token>",
        })
}

/// The bearer of the token that the payload of a message shows, if it shows one.
///
/// # Errors
/// As [`of_request`].
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

/// What the client calls itself.
pub(crate) fn user_agent(headers: &HeaderMap) -> Option<Arc<str>> {
    headers.get(header::USER_AGENT)?.to_str().ok().map(Arc::from)
}
