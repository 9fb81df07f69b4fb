//! `/graphql`: POST for all but subscriptions, GET for queries.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderMap},
    },
    web,
};
use application::Error;
use observability::http::RequestId;
use tokio::time::timeout;

use crate::{
    api::GraphqlApi,
    caller,
    execution::{Allowed, Answer, execute, execute_batch},
    problem::Problem,
    request::{self, Body},
};

/// The most bytes of a request's body.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// How long it may take on its way: who sends it drop by drop holds a connection, and no more.
const BODY_ARRIVES_WITHIN: Duration = Duration::from_secs(60);

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
    let body = match read(&request, body).await {
        Ok(body) => body,
        Err(answer) => return respond(&request, answer),
    };
    match request::from_body(&body, api.options.max_batch) {
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

async fn read(request: &HttpRequest, body: web::Payload) -> Result<web::Bytes, Answer> {
    let refuse = |status, message| Answer::problem(status, &Problem::bad_field("body", message));
    if !is_json(request.headers()) {
        return Err(refuse(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "must be of the type application/json",
        ));
    }
    let read = timeout(BODY_ARRIVES_WITHIN, body.to_bytes_limited(MAX_BODY_BYTES)).await;
    let read = read.map_err(|_| refuse(StatusCode::REQUEST_TIMEOUT, "must arrive within 60 seconds"))?;
    match read {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(refuse(StatusCode::BAD_REQUEST, "must arrive whole")),
        Err(_) => Err(refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            "must have at most 1048576 bytes",
        )),
    }
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
