//! `/graphql/stream`: operations whose results come as server-sent events, for clients that cannot use WebSocket, by the
//! protocol of graphql-sse in its mode of distinct connections
//! (<https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#distinct-connections-mode>).
//!
//! A stream that ends without `complete` was cut: the token is expired, the session is over, or the server goes down. A
//! client of the protocol then comes back with the token that it has by then.

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

use crate::{
    api::GraphqlApi,
    caller,
    execution::{Allowed, Answer, errors_of, prepare},
    http::{read, respond, turned_away},
    instruments,
    media_type::quality,
    operation::{self, Said},
    problem::{Code, Problem},
    request::{self, Incoming},
};

/// The media type of a stream of events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).
const EVENT_STREAM: &str = "text/event-stream";

/// Streams the results of the operation in a body.
pub(crate) async fn post(
    request: HttpRequest,
    body: web::Payload,
    id: RequestId,
    api: web::Data<GraphqlApi>,
) -> HttpResponse {
    let visitor = match let_in(&request, &id, &api).await {
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

/// Streams the results of the operation in the parameters, as a browser's `EventSource` asks for them.
pub(crate) async fn get(request: HttpRequest, id: RequestId, api: web::Data<GraphqlApi>) -> HttpResponse {
    match let_in(&request, &id, &api).await {
        Ok(visitor) => {
            let incoming = request::from_query_string(request.query_string());
            begin(&request, &id, &api, visitor, incoming, Allowed::Queries)
        }
        Err(response) => response,
    }
}

/// A caller that is known, on a connection that may stay.
struct Visitor {
    live_session: LiveSession,
    permit: ConnectionPermit,
}

/// Checks who asks, and that there is room for another stream.
async fn let_in(request: &HttpRequest, id: &RequestId, api: &GraphqlApi) -> Result<Visitor, HttpResponse> {
    let refuse = |answer| respond(request, answer, caller::of_the_request(request));
    if !accepts_events(request) {
        let message = format!("must accept {EVENT_STREAM}");
        let problem = Problem::bad_field("accept", &message);
        return Err(refuse(Answer::problem(StatusCode::NOT_ACCEPTABLE, &problem)));
    }
    let party = api.request_checks.receive(request).await;
    let party = party.map_err(|error| refuse(turned_away(error, id)))?;
    let origin = party.origin.clone();
    let live_session = party.live_session();
    let live_session = live_session.map_err(|error| refuse(turned_away(error, id)))?;
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

/// Whether the client understands events: it names them, or anything will do, or it says nothing.
fn accepts_events(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let named = [EVENT_STREAM, "text/*", "*/*"]
        .into_iter()
        .find_map(|range| quality(headers, range));
    named.map_or(!headers.contains_key(header::ACCEPT), |quality| quality > 0)
}

/// Begins to execute an operation.
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
            (
                operation::run(api.clone(), context, prepared, allowed, started),
                is_mutation,
            )
        }
        // The protocol tells it on the stream: browsers hide the body of a response that is no stream.
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
        // Not to be kept, compressed or held back on the way.
        .insert_header((header::CACHE_CONTROL, "no-store, no-transform"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(events.into_stream())
}

fn keep_alive(period: Duration) -> tokio::time::Interval {
    let mut keep_alive = interval_at(Instant::now() + period, period);
    keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    keep_alive
}

/// What a stream has still to say. It is asked for the next event once the one before is on its way, so a slow client
/// holds at most one here; its positions are merged in the live core. Dropping it ends the operation.
struct Events {
    live_session: LiveSession,
    /// A mutation is answered even if it ends its own session.
    is_mutation: bool,
    said: BoxStream<'static, Said>,
    shutdown: CancellationToken,
    keep_alive: tokio::time::Interval,
    state: State,
    _permit: ConnectionPermit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing was sent yet.
    New,
    Open,
    Ended,
}

/// A comment, which clients ignore. It shows intermediaries that the connection is used, and the server whether it is
/// still there.
const COMMENT: &[u8] = b":\n\n";

impl Events {
    fn into_stream(self) -> impl Stream<Item = Result<Bytes, actix_web::Error>> {
        stream::unfold(self, |mut events| async move {
            let bytes = events.next().await?;
            Some((Ok(bytes), events))
        })
    }

    async fn next(&mut self) -> Option<Bytes> {
        match self.state {
            State::New => {
                self.state = State::Open;
                return Some(Bytes::from_static(COMMENT));
            }
            State::Open => {}
            State::Ended => return None,
        }
        loop {
            // All are cancel-safe. Who it is comes first: nothing is sent to a client that may not have it any more.
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
                // It may be complete because it is over with who asked, which a client must not take for the end of
                // what there was to say.
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

/// A result; its JSON has no line breaks.
fn next_event(payload: &str) -> Bytes {
    Bytes::from(format!("event: next\ndata: {payload}\n\n"))
}
