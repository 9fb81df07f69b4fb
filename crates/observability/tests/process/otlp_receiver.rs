use std::net::SocketAddr;

use actix_web::{App, HttpResponse, HttpServer, dev::ServerHandle, http::header::CONTENT_TYPE, web};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message as _;
use tokio::sync::mpsc;

const PROTOBUF: &str = "application/x-protobuf";

/// OTLP receiver over HTTP, like a collector.
pub(crate) struct OtlpReceiver {
    pub address: SocketAddr,
    /// Received requests.
    pub requests: mpsc::Receiver<ExportTraceServiceRequest>,
    server: ServerHandle,
}

impl OtlpReceiver {
    /// Starts a receiver on a free port. It stops when it is dropped.
    pub(crate) fn start() -> Self {
        let (sender, requests) = mpsc::channel(100);
        let take = async |body: web::Bytes, sender: web::Data<mpsc::Sender<ExportTraceServiceRequest>>| {
            let request = ExportTraceServiceRequest::decode(body).expect("an OTLP request");
            sender.send(request).await.expect("the test receives it");
            let answer = ExportTraceServiceResponse::default().encode_to_vec();
            HttpResponse::Ok().content_type(PROTOBUF).body(answer)
        };
        let app = move || {
            let is_protobuf = actix_web::guard::Header(CONTENT_TYPE.as_str(), PROTOBUF);
            let has_tenant = actix_web::guard::Header("x-tenant", "7");
            App::new().app_data(web::Data::new(sender.clone())).route(
                "/v1/traces",
                web::post().guard(is_protobuf).guard(has_tenant).to(take),
            )
        };
        let server = HttpServer::new(app)
            .workers(1)
            .bind("127.0.0.1:0")
            .expect("a free port");
        let address = server.addrs()[0];
        let server = server.disable_signals().run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self {
            address,
            requests,
            server: handle,
        }
    }
}

impl Drop for OtlpReceiver {
    fn drop(&mut self) {
        // Only requests the stop, without waiting for it.
        drop(self.server.stop(false));
    }
}
