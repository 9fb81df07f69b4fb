//! `/graphql`: POST for all but subscriptions, GET for queries.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderMap},
    },
    web,
};
use application::Error;
use gatekeeper::BodyFault;
use observability::http::RequestId;

use crate::{
    api::GraphqlApi,
    caller,
    context::Caller,
    execution::{Allowed, Answer, execute, execute_batch},
    problem::Problem,
    request::{self, Body},
};

/// The most bytes of a request's body.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The same of a caller without a token, who can log in and little else.
const MAX_UNKNOWN_BODY_BYTES: usize = 8 * 1024;

/// How somebody is asked for a token (RFC 6750, section 3).
const CHALLENGE: &str = "Bearer realm=\"fleetwatch\"";

/// Executes the query or mutation of a body `{"query", "operationName", "variables"}`, or those of a list of them.
pub(crate) async fn post(
    request: HttpRequest,
    body: web::Payload,
    id: RequestId,
    api: web::Data<GraphqlApi>,
) -> HttpResponse {
    let caller = match caller::of_request(&api.gatekeeper, &request, id.as_str()).await {
        Ok(caller) => caller,
        Err(error) => return respond(&request, turned_away(error, &id)),
    };
    let read = match read(&api, &request, body, &caller).await {
        Ok(read) => read,
        Err(answer) => return respond(&request, answer),
    };
    match read {
        Ok(Body::One(operation)) => {
            let context = api.context(&caller);
            respond(
                &request,
                execute(&api, &context, operation, Allowed::QueriesAndMutations).await,
            )
        }
        Ok(Body::Batch(operations)) => match execute_batch(&api, caller, operations).await {
            Ok(answers) => written(&request, StatusCode::OK, answers),
            Err(answer) => respond(&request, answer),
        },
        Err(problem) => respond(&request, Answer::problem(StatusCode::BAD_REQUEST, &problem)),
    }
}

/// Executes the query of the parameters `query`, `operationName` and `variables` (JSON).
pub(crate) async fn get(request: HttpRequest, id: RequestId, api: web::Data<GraphqlApi>) -> HttpResponse {
    let caller = match caller::of_request(&api.gatekeeper, &request, id.as_str()).await {
        Ok(caller) => caller,
        Err(error) => return respond(&request, turned_away(error, &id)),
    };
    let answer = match request::from_query_string(request.query_string()) {
        Ok(operation) => {
            let context = api.context(&caller);
            execute(&api, &context, operation, Allowed::Queries).await
        }
        Err(problem) => Answer::problem(StatusCode::BAD_REQUEST, &problem),
    };
    respond(&request, answer)
}

/// Any other method.
pub(crate) async fn not_allowed(request: HttpRequest) -> HttpResponse {
    let problem = Problem::bad_field("method", "must be POST, or GET for queries");
    let answer = Answer::problem(StatusCode::METHOD_NOT_ALLOWED, &problem);
    let mut response = respond(&request, answer);
    let allow = header::HeaderValue::from_static("GET, POST");
    response.headers_mut().insert(header::ALLOW, allow);
    response
}

/// Whoever calls does not even get to ask.
fn turned_away(error: Error, id: &RequestId) -> Answer {
    Answer::refused(&Problem::of(error, id.as_str()))
}

async fn read(
    api: &GraphqlApi,
    request: &HttpRequest,
    payload: web::Payload,
    caller: &Caller,
) -> Result<Result<Body, Problem>, Answer> {
    if !is_json(request.headers()) {
        let problem = Problem::bad_field("body", "must be of the type application/json");
        return Err(Answer::problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, &problem));
    }
    let (user, max_bytes) = if caller.is_known {
        (Some(caller.actor.user_id), MAX_BODY_BYTES)
    } else {
        (None, MAX_UNKNOWN_BODY_BYTES)
    };
    let gatekeeper = &api.gatekeeper;
    let body = gatekeeper.read_body(request, payload, user, max_bytes).await;
    let max_batch = api.options.max_batch;
    let parse = move |body: &[u8]| request::from_body(body, max_batch);
    gatekeeper
        .parse_body(body.map_err(refused)?, parse)
        .await
        .map_err(refused)
}

fn refused(fault: BodyFault) -> Answer {
    Answer::problem(fault.status(), &Problem::of_body(fault))
}

/// A page of another origin cannot send this type without being asked for by CORS, which a form could.
fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = media_type
        .and_then(|value| value.split(';').next())
        .map(str::trim);
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
}

/// The media type of <https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types>, for who asks for it.
const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";

fn respond(request: &HttpRequest, answer: Answer) -> HttpResponse {
    let retry_after = answer.retry_after();
    let mut response = written(request, answer.status(), answer.into_body());
    if let Some(pause) = retry_after {
        let seconds = pause.as_secs() + u64::from(pause.subsec_nanos() > 0);
        let seconds = header::HeaderValue::from(seconds.max(1));
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

fn written(request: &HttpRequest, status: StatusCode, body: String) -> HttpResponse {
    let accepted = request
        .headers()
        .get_all(header::ACCEPT)
        .filter_map(|value| value.to_str().ok());
    let is_new = accepted
        .into_iter()
        .any(|accepted| accepted.contains(GRAPHQL_RESPONSE));
    let media_type = if is_new {
        GRAPHQL_RESPONSE
    } else {
        "application/json"
    };
    let mut response = HttpResponse::build(status);
    match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            response.insert_header((header::ALLOW, "POST"));
        }
        StatusCode::UNAUTHORIZED => {
            response.insert_header((header::WWW_AUTHENTICATE, CHALLENGE));
        }
        _ => {}
    }
    // An answer may have tokens, and is for who asked.
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response.content_type(media_type).body(body)
}
