//! Exported traces of positions and requests.

use std::sync::{Arc, Mutex};

use actix_web::{App, HttpResponse, HttpServer, web};
use opentelemetry_proto::tonic::{collector::trace::v1::ExportTraceServiceRequest, trace::v1::Span};
use prost::Message as _;

use super::support::{Plant, position, until_ok};

/// An OTLP/HTTP receiver that keeps all spans.
struct Receiver {
    endpoint: String,
    spans: Arc<Mutex<Vec<Span>>>,
}

impl Receiver {
    fn start() -> Self {
        let spans = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&spans);
        let server = HttpServer::new(move || {
            let kept = Arc::clone(&kept);
            let receive = move |body: web::Bytes| {
                let request = ExportTraceServiceRequest::decode(body).expect("OTLP");
                let received = request
                    .resource_spans
                    .into_iter()
                    .flat_map(|resource| resource.scope_spans);
                kept.lock()
                    .expect("spans")
                    .extend(received.flat_map(|scope| scope.spans));
                std::future::ready(HttpResponse::Ok().finish())
            };
            App::new().route("/v1/traces", web::post().to(receive))
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .expect("a free port");
        let endpoint = format!("http://{}", server.addrs()[0]);
        tokio::spawn(server.run());
        Self { endpoint, spans }
    }

    async fn until_span(&self, what: &str, is_it: impl Fn(&Span) -> bool) -> Span {
        until_ok(what, || async {
            self.spans
                .lock()
                .expect("spans")
                .iter()
                .find(|span| is_it(span))
                .cloned()
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_robots_trace_continues_to_the_socket() {
    let receiver = Receiver::start();
    let plant = Plant::with(&[
        ("TELEMETRY__OTLP_ENDPOINT", &receiver.endpoint),
        ("TELEMETRY__SAMPLE_RATIO", "0"),
    ])
    .await;
    let vehicle = plant.program.create_enabled("Tugger").await;
    let mut client = plant.program.watch_all().await;
    let trace_id = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes();
    let robot_span = 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes();
    let mut message = position(&vehicle, 1.0);
    message["traceparent"] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into();
    plant
        .robot()
        .await
        .publish("vehicle:position:update", message.to_string())
        .await;
    client.until_at(&vehicle, 1.0).await;

    let receive = receiver
        .until_span("the receiving span", |span| {
            span.name == "vehicle:position:update receive"
        })
        .await;
    assert_eq!(
        (&receive.trace_id[..], &receive.parent_span_id[..]),
        (&trace_id[..], &robot_span[..])
    );
    let apply = receiver
        .until_span("the applying span", |span| span.name == "live apply")
        .await;
    assert_eq!(
        (&apply.trace_id, &apply.parent_span_id),
        (&receive.trace_id, &receive.span_id)
    );
    let flush = receiver
        .until_span("the flushing span", |span| span.name == "ws flush")
        .await;
    assert_eq!(
        (&flush.trace_id, &flush.parent_span_id),
        (&apply.trace_id, &apply.span_id)
    );
    assert_eq!(flush.links.len(), 1);
    assert_eq!(
        (&flush.links[0].trace_id, &flush.links[0].span_id),
        (&apply.trace_id, &apply.span_id)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sampled_requests_are_root_spans() {
    let receiver = Receiver::start();
    let plant = Plant::with(&[
        ("TELEMETRY__OTLP_ENDPOINT", &receiver.endpoint),
        ("TELEMETRY__SAMPLE_RATIO", "1"),
    ])
    .await;
    plant.program.create("Tugger").await;
    let span = receiver
        .until_span("the request's span", |span| span.name.contains("/graphql"))
        .await;
    assert!(span.parent_span_id.is_empty(), "a root span: {span:?}");
}
