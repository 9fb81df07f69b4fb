//! The HTTP client of the OTLP exporter.

use std::{error::Error, sync::Arc, time::Duration};

use async_trait::async_trait;
use http::HeaderMap;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response, hyper::HyperClient};
use rustls::ClientConfig;
use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;

/// Client for `http://` and `https://` URLs that adds headers to each request.
///
/// The exporter's thread has no runtime, so requests are made on that of the server.
#[derive(Debug)]
pub(super) struct RuntimeClient {
    client: Arc<HyperClient<HttpsConnector<HttpConnector>>>,
    headers: HeaderMap,
    runtime: Handle,
}

impl RuntimeClient {
    /// Creates a client. Must be called on a tokio runtime.
    pub(super) fn new(tls: ClientConfig, headers: HeaderMap, timeout: Duration) -> Self {
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .build();
        Self {
            client: Arc::new(HyperClient::new(connector, timeout, None)),
            headers,
            runtime: Handle::current(),
        }
    }
}

#[async_trait]
impl HttpClient for RuntimeClient {
    async fn send_bytes(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let headers = self.headers.iter();
        request
            .headers_mut()
            .extend(headers.map(|(name, value)| (name.clone(), value.clone())));
        let client = Arc::clone(&self.client);
        let answer = self.runtime.spawn(async move {
            // Logged here, because the exporter reduces it to "network error". It contains no headers.
            client.send_bytes(request).await.inspect_err(|error| {
                let error: &(dyn Error + 'static) = &**error;
                tracing::warn!(error, "spans could not be sent");
            })
        });
        AbortOnDropHandle::new(answer).await?
    }
}
