use std::{
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
};

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
    is_closed: web::Data<AtomicBool>,
    server: ServerHandle,
}

impl OtlpReceiver {
    /// Starts a receiver on a free port. It stops when it is dropped.
    pub(crate) fn start() -> Self {
        let (sender, requests) = mpsc::channel(100);
        let take = async |body: web::Bytes,
                          sender: web::Data<mpsc::Sender<ExportTraceServiceRequest>>,
                          is_closed: web::Data<AtomicBool>| {
            if is_closed.load(Ordering::SeqCst) {
                return HttpResponse::BadRequest().finish();
            }
            let request = ExportTraceServiceRequest::decode(body).expect("an OTLP request");
            sender.send(request).await.expect("the test receives it");
            let answer = ExportTraceServiceResponse::default().encode_to_vec();
            HttpResponse::Ok().content_type(PROTOBUF).body(answer)
        };
        let is_closed = web::Data::new(AtomicBool::new(false));
        let data = is_closed.clone();
        let app = move || {
            let is_protobuf = actix_web::guard::Header(CONTENT_TYPE.as_str(), PROTOBUF);
            let has_tenant = actix_web::guard::Header("x-tenant", "7");
            App::new()
                .app_data(web::Data::new(sender.clone()))
                .app_data(data.clone())
                .route(
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
            is_closed,
            server: handle,
        }
    }

    /// Rejects all further requests.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
    }
}

impl Drop for OtlpReceiver {
    fn drop(&mut self) {
        // Only requests the stop, without waiting for it.
        drop(self.server.stop(false));
    }
}
