//! A receiver of traces in this process.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use actix_web::{
    App, HttpResponse, HttpServer,
    web::{self, Bytes, PayloadConfig},
};
use anyhow::Context as _;

use crate::target::TraceExport;

/// Maximum size of a request: far more than a batch of spans.
const MAX_BYTES: usize = 16 * 1_024 * 1_024;

/// An OTLP/HTTP receiver that counts what it receives, and discards it.
pub(crate) struct TraceSink {
    endpoint: String,
    received: Arc<Received>,
}

#[derive(Debug, Default)]
struct Received {
    requests: AtomicU64,
    bytes: AtomicU64,
}

impl TraceSink {
    /// Starts a receiver on a free port, which runs until this process exits.
    ///
    /// # Errors
    /// Fails if the receiver can't listen.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let received = Arc::new(Received::default());
        let counted = Arc::clone(&received);
        let server = HttpServer::new(move || {
            App::new()
                .app_data(PayloadConfig::new(MAX_BYTES))
                .app_data(web::Data::from(Arc::clone(&counted)))
                .route("/v1/traces", web::post().to(count))
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .context("no port to listen on")?;
        let address = server.addrs().first().copied();
        let address = address.context("no address to listen on")?;
        tokio::spawn(server.run());
        Ok(Self {
            endpoint: format!("http://{address}"),
            received,
        })
    }

    /// Returns the options of a server that exports this share of its traces to the receiver.
    pub(crate) fn export(&self, ratio: f64) -> TraceExport {
        TraceExport {
            endpoint: self.endpoint.clone(),
            ratio,
        }
    }

    /// Returns the number of bytes that were received.
    pub(crate) fn bytes(&self) -> u64 {
        self.received.bytes.load(Ordering::Relaxed)
    }

    /// Returns a line about what was received.
    pub(crate) fn summary(&self) -> String {
        let (requests, bytes) = (self.received.requests.load(Ordering::Relaxed), self.bytes());
        format!("traces: {bytes} bytes in {requests} requests")
    }
}

async fn count(body: Bytes, received: web::Data<Received>) -> HttpResponse {
    received.requests.fetch_add(1, Ordering::Relaxed);
    received.bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
    HttpResponse::Ok().finish()
}
