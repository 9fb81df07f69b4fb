//! Test of the setup of a whole process, in a separate process.

mod otlp_receiver;

use std::{fs, path::Path, time::Duration};

use actix_web::{
    App, HttpResponse,
    test::{TestRequest, call_service, init_service},
    web,
};
use application::{
    Moment,
    ports::{SpanKind, SpanRecord},
    trace::TraceParent,
};
use observability::{
    InitError, Options, Telemetry,
    logs::{LogFileOptions, LogFormat, LogOptions},
    traces::{OtlpProtocol, OtlpReceiver as Receiver, TraceOptions},
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    trace::v1::{Span, span},
};
use otlp_receiver::OtlpReceiver;
use serde_json::Value;
use tokio::time::Instant;

const ROBOT: TraceParent = TraceParent {
    trace_id: 0xa11c_e000,
    span_id: 0xb0b,
    sampled: true,
};

/// The only test, because the setup can be done only once per process.
#[actix_web::test]
async fn a_servers_log_metrics_and_traces_are_set_up() {
    let mut receiver = OtlpReceiver::start();
    let directory = tempfile::tempdir().expect("a directory");
    let log_file = directory.path().join("fleetwatch.log");
    let endpoint = format!("http://{}/", receiver.address);
    let options = Options {
        logs: LogOptions {
            level: "info".into(),
            format: LogFormat::Pretty,
            file: Some(LogFileOptions {
                path: log_file.clone(),
                max_bytes: 1_000_000,
                keep: 1,
            }),
        },
        traces: TraceOptions {
            receiver: Some(Receiver {
                endpoint,
                protocol: OtlpProtocol::Http,
                ca_file: None,
                headers: vec![("x-tenant".to_owned(), "7".into())],
            }),
            sample_ratio: 0.0,
            max_traces_per_s: 100,
        },
        version: "1.2.3",
    };
    let telemetry = Telemetry::init(&options).expect("the first call");
    assert!(matches!(Telemetry::init(&options), Err(InitError::LogsTwice(_))));

    tracing::info!(vehicles = 3, "a line");
    tracing::debug!("a line too many");
    let control = telemetry.log_control();
    let debug = "debug".parse().expect("a level");
    control.set(Some(&debug)).expect("the log can be changed");
    tracing::debug!("a line for a while");
    control.set(None).expect("the log can be changed");
    tracing::debug!("a line too many");
    for path in ["/vehicles/7", "/broken", "/health/live"] {
        call(&telemetry, path).await;
    }
    let tracer = telemetry.path_tracer().expect("a tracer");
    let receive = tracer
        .begin(&span("receive", ROBOT))
        .expect("the robot keeps its trace");
    tracer.record(&SpanRecord {
        links: &[receive],
        ..span("ws flush", receive)
    });
    let page = telemetry.metrics().render();
    let request = receiver.requests.recv().await.expect("a request");
    receiver.close();
    tracer.record(&span("lost", ROBOT));
    let limit = Duration::from_secs(60);
    telemetry.shutdown(limit, Instant::now() + limit).await;

    check_metrics(&page);
    check_log(&log_file);
    check_resource(&request);
    check_spans(&request);
}

async fn call(telemetry: &Telemetry, path: &str) {
    let app = App::new()
        .route("/vehicles/{id}", web::get().to(HttpResponse::Ok))
        .route("/broken", web::get().to(HttpResponse::BadGateway))
        .route("/health/live", web::get().to(HttpResponse::Ok))
        .wrap(telemetry.requests());
    let request = TestRequest::get()
        .uri(path)
        .insert_header(("x-request-id", "robot-7"));
    call_service(&init_service(app).await, request.to_request()).await;
}

fn span(name: &'static str, parent: TraceParent) -> SpanRecord<'static> {
    let start = Moment {
        unix_us: 1_700_000_000_000_001,
        uptime_us: 10,
    };
    let (kind, end) = (SpanKind::Consumer, start.after(Duration::from_micros(5)));
    SpanRecord {
        name,
        kind,
        parent: Some(parent),
        links: &[],
        start,
        end,
        attributes: &[],
    }
}

fn check_metrics(page: &str) {
    for line in [
        r#"fleetwatch_build_info{version="1.2.3",profile="debug"} 1"#,
        r#"fleetwatch_http_request_duration_seconds_count{method="GET",route="/broken",status="502"} 1"#,
    ] {
        assert!(
            page.lines().any(|shown| shown == line),
            "{line} is not in:\n{page}"
        );
    }
}

/// Checks that the log contains the line of the test and, for each request, a line with its id, but no lines about
/// probes or below the level. It also reports that spans could not be sent, and each line has a message.
fn check_log(file: &Path) {
    let log = fs::read_to_string(file).expect("a log");
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    for line in &lines {
        for field in ["timestamp", "level", "message", "target"] {
            assert!(line[field].is_string(), "{field} is missing: {line}");
        }
    }
    let is_about_spans =
        |line: &&Value| line["level"] == "ERROR" && line["message"] == "spans could not be sent";
    let about_spans: Vec<_> = lines.iter().filter(is_about_spans).collect();
    let [line] = about_spans[..] else {
        panic!("one line is expected: {log}")
    };
    assert!(line["error"].is_string(), "{line}");
    assert!(!log.contains("BatchSpanProcessor"), "{log}");
    let is_ours = |line: &&Value| line["target"] == module_path!() || line["message"] == "answered";
    let seen: Vec<_> = lines
        .iter()
        .filter(is_ours)
        .map(|line| ["level", "message", "vehicles", "path"].map(|field| &line[field]))
        .collect();
    let null = Value::Null;
    let [info, warn, debug] = ["INFO", "WARN", "DEBUG"].map(Value::from);
    let [line, for_a_while, answered] = ["a line", "a line for a while", "answered"].map(Value::from);
    let (three, vehicle, broken) = (3.into(), "/vehicles/7".into(), "/broken".into());
    let expected = [
        [&info, &line, &three, &null],
        [&debug, &for_a_while, &null, &null],
        [&info, &answered, &null, &vehicle],
        [&warn, &answered, &null, &broken],
    ];
    assert_eq!(seen, expected, "{log}");
    let answers = lines.iter().filter(|line| line["message"] == "answered");
    assert!(
        answers.map(|line| &line["request.id"]).all(|id| id == "robot-7"),
        "{log}"
    );
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

fn check_spans(request: &ExportTraceServiceRequest) {
    let scopes = request.resource_spans.iter().flat_map(|of| &of.scope_spans);
    let spans: Vec<&Span> = scopes.flat_map(|of| &of.spans).collect();
    let [receive, flush] = spans[..] else {
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
