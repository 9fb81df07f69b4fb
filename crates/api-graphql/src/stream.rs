//! The endpoint `/graphql/stream`: operations whose results are server-sent events, for clients that can't use
//! WebSockets. It implements the protocol of graphql-sse in distinct connections mode
//! (<https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#distinct-connections-mode>).
//!
//! A stream that ends without `complete` was interrupted: the token has expired, the session has ended, or the server
//! is shutting down. Clients then reconnect with their current token.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{self, Bytes},
};
use application::{
    Error,
    identity::{LiveSession, SessionChange},
};
use futures::{
    FutureExt as _, Stream, StreamExt as _,
    stream::{self, BoxStream},
};
use http_edge::{ConnectionPermit, Crowded, retry_after};
use juniper::OperationType;
use observability::http::RequestId;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span};

use crate::{
    api::GraphqlApi,
    caller,
    execution::{Allowed, Answer, Arrival, errors_of, prepare},
    http::{read, rejected_request, respond},
    instruments,
    media_type::quality,
    operation::{self, Said},
    problem::{Code, Problem},
    request::{self, Incoming},
};

/// Media type of server-sent events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).
const EVENT_STREAM: &str = "text/event-stream";

/// Streams the results of the operation in the body.
pub(crate) async fn post(
    request: HttpRequest,
    body: web::Payload,
    id: RequestId,
    api: web::Data<GraphqlApi>,
) -> HttpResponse {
    let visitor = match admit(&request, &id, &api).await {
        Ok(visitor) => visitor,
        Err(response) => return response,
    };
    let user = Some(visitor.live_session.actor().user_id);
    match read(&api, &request, body, user, request::from_json).await {
        Ok(incoming) => {
            let allowed = Allowed::QueriesAndMutations;
            begin(&request, &id, &api, visitor, incoming, allowed)
        }
        Err(answer) => respond(&request, answer, caller::of_the_request(&request)),
    }
}

/// Streams the results of the operation in the URL parameters. This is the only form that a browser's `EventSource`
/// supports.
pub(crate) async fn get(request: HttpRequest, id: RequestId, api: web::Data<GraphqlApi>) -> HttpResponse {
    match admit(&request, &id, &api).await {
        Ok(visitor) => {
            let incoming = request::from_query_string(request.query_string());
            begin(&request, &id, &api, visitor, incoming, Allowed::Queries)
        }
        Err(response) => response,
    }
}

/// Authenticated caller with a connection permit.
struct Visitor {
    live_session: LiveSession,
    permit: ConnectionPermit,
}

/// Authenticates the caller and acquires a permit for another stream, or returns the response that rejects the request.
async fn admit(request: &HttpRequest, id: &RequestId, api: &GraphqlApi) -> Result<Visitor, HttpResponse> {
    let refuse = |answer| respond(request, answer, caller::of_the_request(request));
    // This check is free, so it precedes the charge.
    if !accepts_events(request) {
        let message = format!("must include {EVENT_STREAM}");
        let problem = Problem::bad_field("accept", &message);
        return Err(refuse(Answer::problem(StatusCode::NOT_ACCEPTABLE, &problem)));
    }
    let party = api.request_checks.receive(request).await;
    let party = party.map_err(|error| refuse(rejected_request(error, id)))?;
    let origin = party.origin.clone();
    let live_session = party.live_session();
    let live_session = live_session.map_err(|error| refuse(rejected_request(error, id)))?;
    let crowded = |crowded: Crowded| {
        let problem = Problem::new(Code::RateLimited, crowded.to_string());
        let mut response = refuse(Answer::problem(crowded.status(), &problem));
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, retry_after(Error::RETRY_AFTER));
        response
    };
    let permit = api
        .connections
        .admit_user(&origin, live_session.actor().user_id)
        .map_err(crowded)?;
    Ok(Visitor { live_session, permit })
}

/// Returns `true` if the client accepts server-sent events, explicitly, through a wildcard, or by sending no `Accept`
/// header.
fn accepts_events(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let named = [EVENT_STREAM, "text/*", "*/*"]
        .into_iter()
        .find_map(|range| quality(headers, range));
    named.map_or(!headers.contains_key(header::ACCEPT), |quality| quality > 0)
}

/// Starts the operation, and returns the response that streams its results.
fn begin(
    request: &HttpRequest,
    id: &RequestId,
    api: &GraphqlApi,
    visitor: Visitor,
    incoming: Result<Incoming, Problem>,
    allowed: Allowed,
) -> HttpResponse {
    let started = Instant::now();
    let incoming = match incoming {
        Ok(incoming) => incoming,
        Err(problem) => {
            let answer = Answer::problem(StatusCode::BAD_REQUEST, &problem);
            return respond(request, answer, caller::of_the_request(request));
        }
    };
    let Visitor { live_session, permit } = visitor;
    let mut caller =
        caller::of_live_session(&live_session, caller::user_agent(request.headers()), id.as_str());
    caller.cost = caller::of_the_request(request).unwrap_or_default();
    let (said, is_mutation) = match prepare(api, incoming) {
        Ok(prepared) => {
            let is_mutation = prepared.kind == Some(OperationType::Mutation);
            if is_mutation && allowed == Allowed::Queries {
                instruments::answered(prepared.kind, false, started);
                return respond(request, Answer::mutation_by_get(), caller.cost);
            }
            let context = api.context(&caller);
            // The operation is executed after the handling of the request, while its results are streamed.
            let arrival = Arrival::by_this_request();
            (
                operation::run(api.clone(), context, prepared, arrival, allowed, started),
                is_mutation,
            )
        }
        // The protocol reports these errors on the stream, because `EventSource` hides the body of any other response.
        Err(refusal) => {
            instruments::answered(None, false, started);
            let refused = Said::Refused {
                errors: errors_of(&refusal),
                cost: Some(caller.cost),
            };
            let said = [refused, Said::Complete];
            (stream::iter(said).boxed(), false)
        }
    };
    let events = Events {
        live_session,
        is_mutation,
        said,
        shutdown: api.shutdown.clone(),
        keep_alive: keep_alive(api.options.sockets.rules.ping_interval),
        state: State::New,
        _permit: permit,
    };
    HttpResponse::Ok()
        .content_type(format!("{EVENT_STREAM}; charset=utf-8"))
        // Intermediaries must not cache, compress or buffer the stream.
        .insert_header((header::CACHE_CONTROL, "no-store, no-transform"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(events.into_stream())
}

fn keep_alive(period: Duration) -> tokio::time::Interval {
    let mut keep_alive = interval_at(Instant::now() + period, period);
    keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    keep_alive
}

/// Remaining events of a stream. Each event is requested once the previous one has been sent; in the meantime,
/// positions are merged in the live core. Dropping this value ends the operation.
struct Events {
    live_session: LiveSession,
    /// Mutations are answered even if they end their own session.
    is_mutation: bool,
    said: BoxStream<'static, Said>,
    shutdown: CancellationToken,
    keep_alive: tokio::time::Interval,
    state: State,
    _permit: ConnectionPermit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Initial state, in which no bytes have been sent.
    New,
    Open,
    Ended,
}

/// Comment, which clients ignore. It keeps intermediaries from closing an idle stream, and lets the server detect that
/// the client has disconnected.
const COMMENT: &[u8] = b":\n\n";

impl Events {
    fn into_stream(self) -> impl Stream<Item = Result<Bytes, actix_web::Error>> {
        // The log lines of a stream have the same context as those of its request.
        let request = Span::current();
        stream::unfold(self, move |mut events| {
            let next = async move {
                let bytes = events.next().await?;
                Some((Ok(bytes), events))
            };
            next.instrument(request.clone())
        })
    }

    async fn next(&mut self) -> Option<Bytes> {
        match self.state {
            State::New => {
                self.state = State::Open;
                // The response starts immediately, even if the first event takes a long time.
                return Some(Bytes::from_static(COMMENT));
            }
            State::Open => {}
            State::Ended => return None,
        }
        loop {
            // All branches are cancel-safe. The session is polled first: a client without rights must not receive
            // anything.
            let said = tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return None,
                turn = self.live_session.turn(), if !self.is_mutation => match turn {
                    SessionChange::RightsChanged => continue,
                    SessionChange::Ended | SessionChange::Expired => return None,
                },
                said = self.said.next() => said,
                _ = self.keep_alive.tick() => return Some(Bytes::from_static(COMMENT)),
            };
            return match said {
                Some(Said::Next(payload)) => Some(next_event(&payload)),
                Some(Said::Refused { errors, cost }) => {
                    Some(next_event(&Answer::NotExecutable { errors }.into_body(cost)))
                }
                // A subscription also completes when its session ends. Clients must not mistake this for a regular
                // completion.
                Some(Said::Complete) if self.is_over() => None,
                Some(Said::Complete) => {
                    self.state = State::Ended;
                    Some(Bytes::from_static(b"event: complete\ndata: \n\n"))
                }
                None => None,
            };
        }
    }

    fn is_over(&mut self) -> bool {
        let turn = self.live_session.turn().now_or_never();
        !self.is_mutation && matches!(turn, Some(SessionChange::Ended | SessionChange::Expired))
    }
}

/// Returns the event for a result. `payload` is JSON without line breaks, which would end the `data` field.
fn next_event(payload: &str) -> Bytes {
    Bytes::from(format!("event: next\ndata: {payload}\n\n"))
}
