//! The endpoint `/graphql`: POST for queries and mutations, GET for queries.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderMap},
    },
    web,
};
use application::Error;
use domain::UserId;
use http_edge::{BodyFault, CHALLENGE, RequestChecks, retry_after};
use observability::http::RequestId;

use crate::{
    api::GraphqlApi,
    caller,
    context::Caller,
    cost::Cost,
    execution::{Allowed, Answer, execute, execute_batch},
    media_type::MediaType,
    problem::Problem,
    request::{self, Body},
};

const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Maximum size of the body of a request without a token. Anonymous callers can log in and little else.
const MAX_UNKNOWN_BODY_BYTES: usize = 8 * 1024;

/// Executes the request in a body `{"query", "operationName", "variables", "extensions"}`, or a batch of requests in a
/// JSON array.
pub(crate) async fn post(
    request: HttpRequest,
    body: web::Payload,
    id: RequestId,
    api: web::Data<GraphqlApi>,
) -> HttpResponse {
    let caller = match identify(&request, &id, &api).await {
        Ok(caller) => caller,
        Err(response) => return response,
    };
    let max_batch = api.options.max_batch;
    let parse = move |body: &[u8]| request::from_body(body, max_batch);
    let user = caller.is_known.then_some(caller.actor.user_id);
    let read = match read(&api, &request, body, user, parse).await {
        Ok(read) => read,
        Err(answer) => return respond(&request, answer, caller.cost),
    };
    match read {
        Ok(Body::One(operation)) => {
            let context = api.context(&caller);
            let answer = execute(&api, &context, operation, Allowed::QueriesAndMutations).await;
            respond(&request, answer, context.cost())
        }
        Ok(Body::Batch(operations)) => match execute_batch(&api, caller, operations).await {
            Ok(answers) => {
                RequestChecks::correct_balance(&request, answers.remaining);
                let media_type = MediaType::accepted(request.headers());
                written(StatusCode::OK, media_type, answers.body)
            }
            Err((answer, cost)) => respond(&request, answer, cost),
        },
        Err(problem) => {
            let answer = Answer::problem(StatusCode::BAD_REQUEST, &problem);
            respond(&request, answer, caller.cost)
        }
    }
}

/// Executes the query in the URL parameters `query`, `operationName`, `variables` and `extensions`. The last two are
/// JSON.
pub(crate) async fn get(request: HttpRequest, id: RequestId, api: web::Data<GraphqlApi>) -> HttpResponse {
    let caller = match identify(&request, &id, &api).await {
        Ok(caller) => caller,
        Err(response) => return response,
    };
    match request::from_query_string(request.query_string()) {
        Ok(operation) => {
            let context = api.context(&caller);
            let answer = execute(&api, &context, operation, Allowed::Queries).await;
            respond(&request, answer, context.cost())
        }
        Err(problem) => {
            let answer = Answer::problem(StatusCode::BAD_REQUEST, &problem);
            respond(&request, answer, caller.cost)
        }
    }
}

/// Authenticates the caller, or returns the response that rejects the request.
async fn identify(request: &HttpRequest, id: &RequestId, api: &GraphqlApi) -> Result<Caller, HttpResponse> {
    let caller = caller::of_request(&api.request_checks, request, id.as_str()).await;
    caller.map_err(|error| {
        let answer = rejected_request(error, id);
        respond(request, answer, caller::of_the_request(request))
    })
}

/// Responds to methods other than GET and POST.
pub(crate) async fn not_allowed(request: HttpRequest) -> HttpResponse {
    let problem = Problem::bad_field("method", "must be POST, or GET for queries");
    let answer = Answer::problem(StatusCode::METHOD_NOT_ALLOWED, &problem);
    let mut response = respond(&request, answer, caller::of_the_request(&request));
    let allow = header::HeaderValue::from_static("GET, POST");
    response.headers_mut().insert(header::ALLOW, allow);
    response
}

/// Returns the answer to a request that failed the checks, such as authentication or the quota.
pub(crate) fn rejected_request(error: Error, id: &RequestId) -> Answer {
    Answer::refused(&Problem::of(error, id.as_str()))
}

/// Reads and parses a JSON body, or returns the answer that rejects it. The size limit is lower if `user` is `None`.
pub(crate) async fn read<T: Send + 'static>(
    api: &GraphqlApi,
    request: &HttpRequest,
    payload: web::Payload,
    user: Option<UserId>,
    parse: impl FnOnce(&[u8]) -> T + Send + 'static,
) -> Result<T, Answer> {
    if !is_json(request.headers()) {
        let problem = Problem::bad_field("body", "must have the media type application/json");
        return Err(Answer::problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, &problem));
    }
    let max_bytes = user.map_or(MAX_UNKNOWN_BODY_BYTES, |_| MAX_BODY_BYTES);
    let body = api
        .request_checks
        .read_body(request, payload, user, max_bytes)
        .await;
    let body = body.map_err(refused)?;
    api.request_checks.parse_body(body, parse).await.map_err(refused)
}

fn refused(fault: BodyFault) -> Answer {
    Answer::problem(fault.status(), &Problem::of_body(fault))
}

/// Returns `true` if the content type is `application/json`. Other types are rejected, because a page from a foreign
/// origin can send some of them without a CORS preflight.
fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = media_type
        .and_then(|value| value.split(';').next())
        .map(str::trim);
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
}

/// Builds the response to an operation, or to a rejected request. Its body and its headers report `cost`, which is
/// `None` if the request was not charged.
pub(crate) fn respond(request: &HttpRequest, answer: Answer, cost: impl Into<Option<Cost>>) -> HttpResponse {
    let cost = cost.into();
    if let Some(cost) = cost {
        RequestChecks::correct_balance(request, cost.remaining);
    }
    let pause = answer.retry_after();
    let media_type = MediaType::accepted(request.headers());
    let mut response = written(answer.status(media_type), media_type, answer.into_body(cost));
    if let Some(pause) = pause {
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, retry_after(pause));
    }
    response
}

fn written(status: StatusCode, media_type: MediaType, body: String) -> HttpResponse {
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
    // An answer may contain tokens, and is intended for the caller only.
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    // The media type depends on the `Accept` header.
    response.insert_header((header::VARY, "accept"));
    response.content_type(media_type.as_str()).body(body)
}
