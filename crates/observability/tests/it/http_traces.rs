use actix_web::{
    App, HttpResponse,
    test::{TestRequest, call_service, init_service},
    web,
};
use application::{
    ports::{SpanEnd, SpanKind as Kind, SpanStart},
    spans,
};
use observability::http::RequestTelemetry;
use opentelemetry::{
    KeyValue,
    trace::{SpanId, SpanKind, Status, TraceId},
};
use opentelemetry_sdk::trace::SpanData;
use rstest::rstest;

use crate::finished_spans::FinishedSpans;

const KEPT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const NOT_KEPT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

async fn spans_of(ratio: f64, path: &str, traceparent: Option<&str>) -> Vec<SpanData> {
    let (tracer, spans) = FinishedSpans::traced(ratio);
    let app = App::new()
        .route("/vehicles/{id}", web::get().to(HttpResponse::Ok))
        .route("/broken", web::get().to(HttpResponse::BadGateway))
        .route("/health/live", web::get().to(HttpResponse::Ok))
        .wrap(RequestTelemetry::new(Some(tracer)));
    let request = TestRequest::get().uri(path);
    let request = match traceparent {
        Some(traceparent) => request.insert_header(("traceparent", traceparent)),
        None => request,
    };
    call_service(&init_service(app).await, request.to_request()).await;
    spans.all()
}

#[actix_web::test]
async fn a_request_continues_its_callers_trace() {
    let spans = spans_of(0.0, "/vehicles/7", Some(KEPT)).await;
    let [span] = &spans[..] else {
        panic!("one span is expected: {spans:?}")
    };
    assert_eq!(span.name, "GET /vehicles/{id}");
    assert_eq!(span.span_kind, SpanKind::Server);
    assert_eq!(
        span.span_context.trace_id(),
        TraceId::from(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736)
    );
    assert_eq!(span.parent_span_id, SpanId::from(0x00f0_67aa_0ba9_02b7));
    assert!(span.parent_span_is_remote);
    assert_eq!(span.status, Status::Unset);
    for attribute in [
        KeyValue::new("http.request.method", "GET"),
        KeyValue::new("http.route", "/vehicles/{id}"),
        KeyValue::new("url.path", "/vehicles/7"),
        KeyValue::new("http.response.status_code", 200),
    ] {
        assert!(
            span.attributes.contains(&attribute),
            "{attribute:?} is not in {:?}",
            span.attributes
        );
    }
}

#[actix_web::test]
async fn a_request_that_matches_no_route_has_none() {
    let spans = spans_of(1.0, "/nowhere/7", None).await;
    let [span] = &spans[..] else {
        panic!("one span is expected: {spans:?}")
    };
    assert_eq!(span.name, "GET");
    let mut names = span.attributes.iter().map(|attribute| attribute.key.as_str());
    assert!(names.all(|name| name != "http.route"), "{:?}", span.attributes);
}

#[actix_web::test]
async fn a_server_error_sets_the_status_of_the_span() {
    let spans = spans_of(1.0, "/broken", None).await;
    assert_eq!(spans.first().map(|span| &span.status), Some(&Status::error("")));
}

#[rstest]
#[case::a_sampled_caller(0.0, "/vehicles/7", Some(KEPT), 1)]
#[case::a_caller_that_is_not_sampled(1.0, "/vehicles/7", Some(NOT_KEPT), 0)]
#[case::no_decision_and_a_ratio_of_one(1.0, "/vehicles/7", None, 1)]
#[case::no_decision_and_a_ratio_of_zero(0.0, "/vehicles/7", None, 0)]
#[case::an_invalid_traceparent_counts_as_absent(1.0, "/vehicles/7", Some("00-junk"), 1)]
#[case::probes_are_not_traced(1.0, "/health/live", None, 0)]
#[case::unless_the_caller_traces_them(0.0, "/health/live", Some(KEPT), 1)]
#[actix_web::test]
async fn the_callers_decision_takes_precedence_over_the_ratio(
    #[case] ratio: f64,
    #[case] path: &str,
    #[case] traceparent: Option<&str>,
    #[case] expected: usize,
) {
    assert_eq!(spans_of(ratio, path, traceparent).await.len(), expected);
}

#[actix_web::test]
async fn spans_of_a_handler_are_children_of_the_request() {
    let (tracer, finished) = FinishedSpans::traced(0.0);
    let handler = async || {
        let span = spans::open(|| SpanStart {
            name: "SELECT vehicles".into(),
            kind: Kind::Client,
            attributes: Vec::new(),
        });
        spans::within(span, async { HttpResponse::Ok().finish() }, |_| {
            SpanEnd::default()
        })
        .await
    };
    let app = App::new()
        .route("/", web::get().to(handler))
        .wrap(RequestTelemetry::new(Some(tracer)));
    let app = init_service(app).await;
    call_service(&app, TestRequest::get().to_request()).await;
    assert!(finished.all().is_empty(), "the request is not traced");

    let traced = TestRequest::get().insert_header(("traceparent", KEPT));
    call_service(&app, traced.to_request()).await;
    let [query, request] = &finished.all()[..] else {
        panic!("two spans are expected: {:?}", finished.all())
    };
    assert_eq!((&*query.name, &*request.name), ("SELECT vehicles", "GET /"));
    assert_eq!(query.parent_span_id, request.span_context.span_id());
    assert_eq!(query.span_context.trace_id(), request.span_context.trace_id());
}
