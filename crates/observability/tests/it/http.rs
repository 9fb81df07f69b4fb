use std::{
    io,
    sync::{Arc, Mutex},
};

use actix_web::{
    App, Error, HttpResponse,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    error,
    http::{
        Method, StatusCode,
        header::{CONTENT_SECURITY_POLICY, HeaderMap, HeaderName},
    },
    middleware::{Next, from_fn},
    test::{TestRequest, call_and_read_body, call_service, init_service, try_call_service},
    web::{self, Bytes},
};
use futures::{SinkExt as _, channel::mpsc, future::poll_fn};
use metrics::set_default_local_recorder;
use observability::{
    http::{RequestId, RequestTelemetry},
    metrics::{MetricsPage, recorder},
};
use rstest::rstest;

const REQUEST_ID: &str = "x-request-id";

fn app() -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    App::new()
        .route("/id", web::get().to(async |id: RequestId| id.to_string()))
        .route("/vehicles/{id}", web::get().to(HttpResponse::Ok))
        .route(
            "/broken",
            web::get().to(async || Err::<String, _>(error::ErrorInternalServerError("broken"))),
        )
        .route(
            "/own-policy",
            web::get().to(async || {
                HttpResponse::Ok()
                    .insert_header((CONTENT_SECURITY_POLICY, "none"))
                    .finish()
            }),
        )
        .service(
            web::scope("/closed")
                .wrap(from_fn(async |_: ServiceRequest, _: Next<_>| {
                    Err::<ServiceResponse, _>(error::ErrorForbidden("closed"))
                }))
                .route("/endpoint", web::get().to(HttpResponse::Ok)),
        )
        .wrap(RequestTelemetry::new(None))
}

/// Returns the head of the response, whether an inner service responds or fails.
async fn head(request: TestRequest) -> (StatusCode, HeaderMap) {
    match try_call_service(&init_service(app()).await, request.to_request()).await {
        Ok(response) => (response.status(), response.headers().clone()),
        Err(error) => {
            let response = error.error_response();
            (response.status(), response.headers().clone())
        }
    }
}

#[rstest]
#[case::success("/id", StatusCode::OK)]
#[case::not_found("/nowhere", StatusCode::NOT_FOUND)]
#[case::a_failing_handler("/broken", StatusCode::INTERNAL_SERVER_ERROR)]
#[case::a_failing_middleware("/closed/endpoint", StatusCode::FORBIDDEN)]
#[actix_web::test]
async fn every_response_has_the_requests_id_and_the_security_headers(
    #[case] path: &str,
    #[case] expected: StatusCode,
) {
    let (status, headers) = head(
        TestRequest::get()
            .uri(path)
            .insert_header((REQUEST_ID, "robot-7")),
    )
    .await;
    assert_eq!(status, expected);
    assert_eq!(headers.get(REQUEST_ID).expect("an id"), "robot-7");
    for name in [
        "content-security-policy",
        "x-content-type-options",
        "x-frame-options",
        "referrer-policy",
        "permissions-policy",
    ] {
        assert!(
            headers.contains_key(HeaderName::from_static(name)),
            "{name} is missing"
        );
    }
}

#[actix_web::test]
async fn a_handler_and_its_client_get_the_same_new_id() {
    let app = init_service(app()).await;
    let response = call_service(&app, TestRequest::get().uri("/id").to_request()).await;
    let id = response.headers().get(REQUEST_ID).expect("an id").clone();
    let body = actix_web::test::read_body(response).await;
    assert_eq!(body, id.as_bytes());
}

#[actix_web::test]
async fn a_handler_may_set_its_own_policy() {
    let (_, headers) = head(TestRequest::get().uri("/own-policy")).await;
    assert_eq!(headers.get(CONTENT_SECURITY_POLICY).expect("a policy"), "none");
}

#[rstest]
#[case(
    Method::GET,
    "/vehicles/7",
    r#"method="GET",route="/vehicles/{id}",status="200""#
)]
#[case(Method::GET, "/nowhere/7", r#"method="GET",route="unmatched",status="404""#)]
#[case(
    Method::GET,
    "/closed/nowhere",
    r#"method="GET",route="unmatched",status="403""#
)]
#[case(Method::GET, "/broken", r#"method="GET",route="/broken",status="500""#)]
#[case(
    Method::GET,
    "/closed/endpoint",
    r#"method="GET",route="/closed/endpoint",status="403""#
)]
#[case(Method::from_bytes(b"BREW").expect("a method"), "/id", r#"method="_OTHER",route="/id",status="404""#)]
#[actix_web::test]
async fn durations_have_labels_with_a_bounded_number_of_values(
    #[case] method: Method,
    #[case] path: &str,
    #[case] labels: &str,
) {
    let recorder = recorder();
    let _installed = set_default_local_recorder(&recorder);
    head(TestRequest::with_uri(path).method(method)).await;
    let page = MetricsPage::of(&recorder).render();
    let line = format!("fleetwatch_http_request_duration_seconds_count{{{labels}}} 1");
    assert!(
        page.lines().any(|shown| shown == line),
        "{line} is not in:\n{page}"
    );
}

#[actix_web::test]
async fn a_streaming_body_is_not_buffered() {
    let (mut chunks, stream) = mpsc::channel::<Result<Bytes, io::Error>>(1);
    let stream = Arc::new(Mutex::new(Some(stream)));
    let handler = move || {
        let stream = stream
            .lock()
            .expect("one request at a time")
            .take()
            .expect("one request");
        async move { HttpResponse::Ok().streaming(stream) }
    };
    let app = App::new()
        .route("/stream", web::get().to(handler))
        .wrap(RequestTelemetry::new(None));
    let app = init_service(app).await;
    let response = call_service(&app, TestRequest::get().uri("/stream").to_request()).await;
    let mut body = Box::pin(response.into_body());
    for text in ["one", "two"] {
        chunks
            .send(Ok(Bytes::from(text)))
            .await
            .expect("the body is read");
        let chunk = poll_fn(|cx| body.as_mut().poll_next(cx))
            .await
            .expect("a chunk")
            .expect("no error");
        assert_eq!(chunk, text);
    }
}

#[actix_web::test]
async fn a_handler_outside_the_middleware_gets_a_new_id() {
    let app = App::new().route("/id", web::get().to(async |id: RequestId| id.to_string()));
    let body = call_and_read_body(
        &init_service(app).await,
        TestRequest::get().uri("/id").to_request(),
    )
    .await;
    assert_eq!(body.len(), 36, "a UUID");
}
