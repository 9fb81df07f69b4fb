//! Where a system is reached, and as whom.

use std::{fmt, net::SocketAddr, sync::Arc};

use anyhow::{Context as _, ensure};
use reqwest::Client;
use serde_json::{Value, json};

/// A system's HTTP side, and the token that opens it; the forwarder needs none.
#[derive(Clone)]
pub struct Endpoint {
    /// Where it is.
    pub address: SocketAddr,
    token: Option<Arc<str>>,
}

impl Endpoint {
    /// One that is open to everybody.
    #[must_use]
    pub const fn open(address: SocketAddr) -> Self {
        Self { address, token: None }
    }

    /// Logs in.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn log_in(address: SocketAddr, username: &str, password: &str) -> anyhow::Result<Self> {
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
            token: Some(token.into()),
        })
    }

    /// The line of a request that says who asks; nothing where nobody is asked for.
    #[must_use]
    pub fn authorization(&self) -> String {
        let line = |token: &Arc<str>| format!("Authorization: Bearer {token}\r\n");
        self.token.as_ref().map(line).unwrap_or_default()
    }

    /// Returns a request to GraphQL.
    pub fn graphql(&self, client: &Client) -> reqwest::RequestBuilder {
        self.post(client, "/graphql")
    }

    /// Returns a POST request to a path.
    pub fn post(&self, client: &Client, path: &str) -> reqwest::RequestBuilder {
        self.authorized(client.post(format!("http://{}{path}", self.address)))
    }

    /// Returns a GET request to a path.
    pub fn get(&self, client: &Client, path: &str) -> reqwest::RequestBuilder {
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
