//! HTTP endpoint of a system, with the credentials for it.

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};
use reqwest::Client;
use serde_json::{Value, json};

use crate::protocols::{Protocol, Settings};

/// HTTP endpoint of a system, with an access token; the forwarder and peers require none.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub address: SocketAddr,
    /// Protocol of its WebSockets.
    pub protocol: Protocol,
    token: Option<Arc<str>>,
}

impl Endpoint {
    /// Creates an endpoint that requires no authentication.
    #[must_use]
    pub(crate) const fn open(address: SocketAddr, protocol: Protocol) -> Self {
        Self {
            address,
            protocol,
            token: None,
        }
    }

    /// Logs in and returns the endpoint with the access token.
    ///
    /// # Errors
    /// Fails if the server refuses the log-in.
    pub(crate) async fn log_in(address: SocketAddr, username: &str, password: &str) -> anyhow::Result<Self> {
        let request = Client::new()
            .post(format!("http://{address}/api/auth/login"))
            .json(&json!({"username": username, "password": password}));
        let response = request.send().await?;
        let status = response.status();
        ensure!(status.is_success(), "the log-in was refused: {status}");
        let tokens: Value = response.json().await?;
        let token = tokens["accessToken"].as_str().context("no access token")?;
        Ok(Self {
            address,
            protocol: Protocol::Fleetwatch(Settings::default()),
            token: Some(token.into()),
        })
    }

    /// Returns the endpoint of a fleetwatch server with other settings of its sockets.
    #[must_use]
    pub(crate) fn with_settings(&self, settings: Settings) -> Self {
        Self {
            protocol: Protocol::Fleetwatch(settings),
            ..self.clone()
        }
    }

    /// Returns the endpoint with another delivery interval of its sockets; unchanged if it is not a fleetwatch server.
    #[must_use]
    pub(crate) fn with_interval(&self, interval: Duration) -> Self {
        match self.protocol {
            Protocol::Fleetwatch(settings) if self.token.is_some() => {
                self.with_settings(settings.every(interval))
            }
            _ => self.clone(),
        }
    }

    /// Returns the `Authorization` header line with its line end; empty without a token.
    #[must_use]
    pub(crate) fn authorization(&self) -> String {
        let line = |token: &Arc<str>| format!("Authorization: Bearer {token}\r\n");
        self.token.as_ref().map(line).unwrap_or_default()
    }

    /// Returns a POST request to `/graphql`.
    pub(crate) fn graphql(&self, client: &Client) -> reqwest::RequestBuilder {
        self.post(client, "/graphql")
    }

    pub(crate) fn post(&self, client: &Client, path: &str) -> reqwest::RequestBuilder {
        self.authorized(client.post(format!("http://{}{path}", self.address)))
    }

    pub(crate) fn put(&self, client: &Client, path: &str) -> reqwest::RequestBuilder {
        self.authorized(client.put(format!("http://{}{path}", self.address)))
    }

    pub(crate) fn get(&self, client: &Client, path: &str) -> reqwest::RequestBuilder {
        self.authorized(client.get(format!("http://{}{path}", self.address)))
    }

    fn authorized(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({})", self.address)
    }
}
