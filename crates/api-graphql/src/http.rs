//! `/graphql`: POST for all but subscriptions, GET for queries.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderMap},
    },
    web,
};
use observability::http::RequestId;

use crate::{
    api::GraphqlApi,
    caller,
    execution::{Allowed, Answer, execute, execute_batch},
    problem::Problem,
    request::{self, Body},
};

/// The most bytes of a request's body.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// When to try again what took too long.
const RETRY_AFTER_S: &str = "1";

/// Executes the query or mutation of a body `{"query", "operationName", "variables"}`, or those of a list of them.
pub(crate) async fn post(
    request: HttpRequest,
    body: web::Payload,
    id: RequestId,
    api: web::Data<GraphqlApi>,
) -> HttpResponse {
    let body = match read(&request, body).await {
        Ok(body) => body,
        Err(answer) => return respond(&request, answer),
    };
    let caller = api.caller(caller::of_request(&request), id.as_str());
    match request::from_body(&body, api.options.max_batch) {
        Ok(Body::One(operation)) => {
            let context = api.context(&caller);
            respond(
                &request,
                execute(&api, &context, operation, Allowed::QueriesAndMutations).await,
            )
        }
        Ok(Body::Batch(operations)) => match execute_batch(&api, || api.context(&caller), operations).await {
            Ok(answers) => written(&request, StatusCode::OK, answers),
            Err(answer) => respond(&request, answer),
        },
        Err(problem) => respond(&request, Answer::problem(StatusCode::BAD_REQUEST, &problem)),
    }
}

/// Executes the query of the parameters `query`, `operationName` and `variables` (JSON).
pub(crate) async fn get(request: HttpRequest, id: RequestId, api: web::Data<GraphqlApi>) -> HttpResponse {
    let answer = match request::from_query_string(request.query_string()) {
        Ok(operation) => {
            let context = api.context(&api.caller(caller::of_request(&request), id.as_str()));
            execute(&api, &context, operation, Allowed::Queries).await
        }
        Err(problem) => Answer::problem(StatusCode::BAD_REQUEST, &problem),
    };
    respond(&request, answer)
}

async fn read(request: &HttpRequest, body: web::Payload) -> Result<web::Bytes, Answer> {
    let refuse = |status, message| Answer::problem(status, &Problem::bad_field("body", message));
    if !is_json(request.headers()) {
        return Err(refuse(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "must be of the type application/json",
        ));
    }
    match body.to_bytes_limited(MAX_BODY_BYTES).await {
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
    written(request, answer.status(), answer.into_body())
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
        StatusCode::SERVICE_UNAVAILABLE => {
            response.insert_header((header::RETRY_AFTER, RETRY_AFTER_S));
        }
        _ => {}
    }
    response.content_type(media_type).body(body)
}
