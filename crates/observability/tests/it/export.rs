use std::{net::TcpListener, time::Duration};

use application::{
    Moment,
    ports::{PathTracer as _, SpanKind, SpanRecord},
    trace::TraceParent,
};
use observability::{
    InitError,
    traces::{OtlpProtocol, OtlpReceiver, TraceOptions, export},
};
use rstest::rstest;

fn traces_to(endpoint: impl Into<String>) -> TraceOptions {
    over(OtlpProtocol::Http, endpoint)
}

fn over(protocol: OtlpProtocol, endpoint: impl Into<String>) -> TraceOptions {
    TraceOptions {
        receiver: Some(OtlpReceiver {
            endpoint: endpoint.into(),
            protocol,
            ca_file: None,
            headers: Vec::new(),
        }),
        sample_ratio: 0.0,
        max_traces_per_s: 100,
    }
}

#[test]
fn without_a_receiver_there_is_no_tracer() {
    let options = TraceOptions {
        receiver: None,
        ..traces_to("")
    };
    assert!(export(&options, "1.2.3").expect("a valid option").is_none());
}

#[rstest]
#[case(OtlpProtocol::Http, "ftp://collector.example:4318")]
#[case(OtlpProtocol::Grpc, "127.0.0.1:4317")]
fn an_endpoint_that_is_not_http_is_refused(#[case] protocol: OtlpProtocol, #[case] endpoint: &str) {
    let refused = export(&over(protocol, endpoint), "1.2.3");
    assert!(matches!(refused, Err(InitError::OtlpEndpoint(refused)) if refused == endpoint));
}

#[rstest]
#[case::absent("/nowhere/ca.pem")]
#[case::without_certificates("Cargo.toml")]
fn unusable_root_certificates_are_refused(#[case] file: &str) {
    let mut options = traces_to("https://collector.example:4318");
    let receiver = options.receiver.as_mut().expect("a receiver");
    receiver.ca_file = Some(file.into());
    let refused = export(&options, "1.2.3");
    assert!(matches!(refused, Err(InitError::OtlpRoots { file: named, .. }) if named == file));
}

#[test]
fn a_malformed_header_is_refused_without_its_value() {
    let mut options = traces_to("http://127.0.0.1:4318");
    let receiver = options.receiver.as_mut().expect("a receiver");
    receiver.headers = vec![("x-key".to_owned(), "two\nlines".into())];
    let refused = export(&options, "1.2.3").expect_err("a malformed header");
    let shown = refused.to_string();
    assert!(shown.contains("x-key") && !shown.contains("lines"), "{shown}");
}

#[rstest]
#[case(OtlpProtocol::Http)]
#[case(OtlpProtocol::Grpc)]
#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_does_not_answer_does_not_delay_the_shutdown(#[case] protocol: OtlpProtocol) {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("http://{}", silent.local_addr().expect("an address"));
    let tracer = export(&over(protocol, endpoint), "1.2.3")
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
