use std::{net::TcpListener, time::Duration};

use application::{
    Moment,
    ports::{PathTracer as _, SpanKind, SpanRecord},
    trace::TraceParent,
};
use observability::{
    InitError,
    traces::{TraceOptions, export},
};
use rstest::rstest;

fn traces_to(endpoint: impl Into<String>) -> TraceOptions {
    TraceOptions {
        otlp_endpoint: Some(endpoint.into()),
        sample_ratio: 0.0,
        max_traces_per_s: 100,
    }
}

#[test]
fn without_a_receiver_there_is_no_tracer() {
    let options = TraceOptions {
        otlp_endpoint: None,
        ..traces_to("")
    };
    assert!(export(&options, "1.2.3").expect("a valid option").is_none());
}

#[rstest]
#[case("https://collector.example:4318")]
#[case("127.0.0.1:4318")]
fn an_endpoint_that_is_not_plain_http_is_refused(#[case] endpoint: &str) {
    let refused = export(&traces_to(endpoint), "1.2.3");
    assert!(matches!(refused, Err(InitError::OtlpEndpoint(refused)) if refused == endpoint));
}

#[test]
fn a_receiver_that_does_not_answer_does_not_delay_the_shutdown() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("http://{}", silent.local_addr().expect("an address"));
    let tracer = export(&traces_to(endpoint), "1.2.3")
        .expect("a valid endpoint")
        .expect("a tracer");
    let moment = Moment {
        unix_us: 1_700_000_000_000_000,
        uptime_us: 0,
    };
    let parent = Some(TraceParent {
        trace_id: 1,
        span_id: 2,
        sampled: true,
    });
    let (kind, links, attributes) = (SpanKind::Consumer, &[], &[]);
    let span = SpanRecord {
        name: "receive",
        kind,
        parent,
        links,
        start: moment,
        end: moment,
        attributes,
    };
    assert!(tracer.begin(&span).is_some());
    let given_up = tracer
        .shut_down(Duration::from_millis(100))
        .expect_err("a timeout");
    assert!(given_up.to_string().contains("Timeout"), "{given_up}");
}
