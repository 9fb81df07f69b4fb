use std::{net::TcpListener, time::Duration};

use application::{
    Moment,
    ports::{PathTracer as _, SpanKind, SpanRecord},
    trace::TraceParent,
};
use observability::{
    InitError, Options, Telemetry,
    logs::{LogFormat, LogOptions},
    traces::{TraceOptions, export},
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    trace::v1::{Span, span},
};
use rstest::rstest;

use crate::otlp_receiver::OtlpReceiver;

const ROBOT: TraceParent = TraceParent {
    trace_id: 0xa11c_e000,
    span_id: 0xb0b,
    sampled: true,
};

fn traces_to(endpoint: String) -> TraceOptions {
    TraceOptions {
        otlp_endpoint: Some(endpoint),
        sample_ratio: 0.0,
        max_traces_per_s: 100,
    }
}

fn span(name: &'static str, parent: TraceParent) -> SpanRecord<'static> {
    let start = Moment {
        unix_us: 1_700_000_000_000_001,
        uptime_us: 10,
    };
    let end = start.after(Duration::from_micros(5));
    SpanRecord {
        name,
        kind: SpanKind::Consumer,
        parent: Some(parent),
        links: &[],
        start,
        end,
        attributes: &[],
    }
}

fn spans_in(request: &ExportTraceServiceRequest) -> Vec<&Span> {
    request
        .resource_spans
        .iter()
        .flat_map(|of| &of.scope_spans)
        .flat_map(|of| &of.spans)
        .collect()
}

/// The one test that sets telemetry up for its whole process.
#[actix_web::test]
async fn a_server_is_seen_in_its_log_its_metrics_and_its_traces() {
    let mut receiver = OtlpReceiver::start();
    let directory = tempfile::tempdir().expect("a directory");
    let log_file = directory.path().join("fleetwatch.log");
    let logs = LogOptions {
        level: "info".into(),
        format: LogFormat::Pretty,
        file: Some(log_file.clone()),
    };
    let traces = traces_to(format!("http://{}/", receiver.address));
    let options = Options {
        logs,
        traces,
        version: "1.2.3",
    };
    let telemetry = Telemetry::init(&options).expect("the first call");
    assert!(matches!(Telemetry::init(&options), Err(InitError::LogsTwice(_))));

    tracing::info!(vehicles = 3, "a line");
    tracing::debug!("a line too many");
    let tracer = telemetry.path_tracer().expect("there is a receiver");
    let receive = tracer
        .begin(&span("receive", ROBOT))
        .expect("the robot keeps its trace");
    tracer.record(&SpanRecord {
        links: &[receive],
        ..span("ws flush", receive)
    });
    let page = telemetry.metrics().render();
    telemetry.shutdown(Duration::from_secs(60)).await;

    let build_info = r#"fleetwatch_build_info{version="1.2.3",profile="debug"} 1"#;
    assert!(page.lines().any(|line| line == build_info), "{page}");
    let log = std::fs::read_to_string(log_file).expect("a log");
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let ours: Vec<_> = lines
        .iter()
        .filter(|line| line["target"] == module_path!())
        .collect();
    assert_eq!(ours.len(), 1, "{log}");
    assert_eq!(
        (&ours[0]["message"], &ours[0]["vehicles"]),
        (&"a line".into(), &3.into())
    );

    let request = receiver.requests.recv().await.expect("the receiver lives");
    check_resource(&request);
    check_spans(&spans_in(&request));
}

fn check_resource(request: &ExportTraceServiceRequest) {
    let resource = request.resource_spans[0].resource.as_ref().expect("a resource");
    let names: Vec<_> = resource
        .attributes
        .iter()
        .map(|attribute| attribute.key.as_str())
        .collect();
    for name in ["service.name", "service.version", "service.instance.id"] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
}

fn check_spans(spans: &[&Span]) {
    let [receive, flush] = spans else {
        panic!("two spans are expected: {spans:?}")
    };
    assert_eq!(
        (receive.name.as_str(), flush.name.as_str()),
        ("receive", "ws flush")
    );
    assert_eq!(receive.kind(), span::SpanKind::Consumer);
    assert_eq!(receive.trace_id, ROBOT.trace_id.to_be_bytes());
    assert_eq!(receive.parent_span_id, ROBOT.span_id.to_be_bytes());
    assert_eq!(receive.start_time_unix_nano, 1_700_000_000_000_001_000);
    assert_eq!(receive.end_time_unix_nano, 1_700_000_000_000_006_000);
    assert_eq!(flush.trace_id, receive.trace_id);
    assert_eq!(flush.parent_span_id, receive.span_id);
    let links: Vec<_> = flush
        .links
        .iter()
        .map(|link| (&link.trace_id, &link.span_id))
        .collect();
    assert_eq!(links, [(&receive.trace_id, &receive.span_id)]);
}

#[test]
fn without_a_receiver_there_is_no_tracer() {
    let options = TraceOptions {
        otlp_endpoint: None,
        sample_ratio: 1.0,
        max_traces_per_s: 100,
    };
    assert!(export(&options, "1.2.3").expect("nothing to fail").is_none());
}

#[rstest]
#[case("https://collector.example:4318")]
#[case("127.0.0.1:4318")]
fn an_endpoint_that_is_not_plain_http_is_refused(#[case] endpoint: &str) {
    let refused = export(&traces_to(endpoint.to_owned()), "1.2.3");
    assert!(matches!(refused, Err(InitError::OtlpEndpoint(refused)) if refused == endpoint));
}

#[test]
fn a_receiver_that_does_not_answer_holds_nobody_up() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("http://{}", silent.local_addr().expect("an address"));
    let tracer = export(&traces_to(endpoint), "1.2.3")
        .expect("a good endpoint")
        .expect("a tracer");
    assert!(tracer.begin(&span("receive", ROBOT)).is_some());
    let given_up = tracer
        .shut_down(Duration::from_millis(100))
        .expect_err("nobody answers");
    assert!(given_up.to_string().contains("Timeout"), "{given_up}");
}
