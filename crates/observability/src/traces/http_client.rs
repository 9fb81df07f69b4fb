//! The HTTP client of the OTLP exporter.

use std::{error::Error, sync::Arc, time::Duration};

use application::GivenUp;
use async_trait::async_trait;
use http::HeaderMap;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response, hyper::HyperClient};
use rustls::ClientConfig;
use tokio::{runtime::Handle, time::error::Elapsed};
use tokio_util::task::AbortOnDropHandle;

/// Client for `http://` and `https://` URLs that adds headers to each request.
///
/// The exporter's thread has no runtime, so requests are made on that of the server.
#[derive(Debug)]
pub(super) struct RuntimeClient {
    client: Arc<HyperClient<HttpsConnector<HttpConnector>>>,
    headers: HeaderMap,
    /// Timeout of a request.
    timeout: Duration,
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
            timeout,
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
        let (client, timeout) = (Arc::clone(&self.client), self.timeout);
        let answer = self.runtime.spawn(async move {
            // Logged here, because the exporter reduces it to "network error". It contains no headers.
            let answer = client.send_bytes(request).await;
            answer
                .map_err(|error| with_limit(error, timeout))
                .inspect_err(|error| {
                    let error: &(dyn Error + 'static) = &**error;
                    tracing::warn!(error, "spans could not be sent");
                })
        });
        AbortOnDropHandle::new(answer).await?
    }
}

/// Returns an error that states the time limit, in place of one that only says that it has passed.
fn with_limit(error: HttpError, limit: Duration) -> HttpError {
    match error.is::<Elapsed>() {
        true => GivenUp::NoAnswer(limit).into(),
        false => error,
    }
}

#[cfg(test)]
mod tests {
    use rustls::RootCertStore;
    use tokio::net::TcpListener;

    use super::*;

    /// Returns the error of a request to an address, within 50 ms.
    async fn error_of(address: &str) -> HttpError {
        let limit = Duration::from_millis(50);
        let client = RuntimeClient::new(
            tls_client::verified(RootCertStore::empty()),
            HeaderMap::new(),
            limit,
        );
        let request = Request::post(format!("http://{address}/v1/traces"))
            .body(Bytes::new())
            .expect("a request");
        client.send_bytes(request).await.expect_err("no receiver answers")
    }

    #[tokio::test]
    async fn the_error_of_a_receiver_that_does_not_answer_states_the_limit() {
        let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = silent.local_addr().expect("an address").to_string();
        assert_eq!(error_of(&address).await.to_string(), "no answer within 50 ms");
        drop(silent);
        let refused = error_of(&address).await.to_string();
        assert!(!refused.contains("no answer"), "{refused}");
    }
}
