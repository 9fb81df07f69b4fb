//! A client of the HTTP APIs that survives faults: every request has a time limit, and a rejected token is replaced.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use serde_json::{Value, json};

use crate::end_to_end::support::ADMINISTRATOR;

/// Time limit for a request. The server's own limits are shorter.
const PATIENCE: Duration = Duration::from_secs(8);

/// A client with an access token of the administrator.
#[derive(Debug, Clone)]
pub(super) struct Access {
    http: reqwest::Client,
    /// Host and port.
    address: String,
    token: Arc<Mutex<Option<String>>>,
}

/// Result of a request.
#[derive(Debug)]
pub(super) enum Answer {
    /// Status and body; the body is null if it is not JSON.
    Status(u16, Value),
    /// No connection could be opened, or no token obtained, so the request was not sent.
    NotSent(String),
    /// The request may have been sent, but no complete answer was received.
    Unknown(String),
}

impl Access {
    pub(super) fn to(address: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build();
        Self {
            http: http.expect("a client"),
            address: address.to_owned(),
            token: Arc::default(),
        }
    }

    /// Returns the URL of a path, with the scheme `http` or `ws`.
    pub(super) fn url(&self, scheme: &str, path: &str) -> String {
        format!("{scheme}://{}{path}", self.address)
    }

    /// Returns the token, logging in if there is none.
    pub(super) async fn token(&self) -> Result<String, String> {
        let held = self.held().clone();
        if let Some(token) = held {
            return Ok(token);
        }
        let body = json!({"username": ADMINISTRATOR.0, "password": ADMINISTRATOR.1});
        let request = self.http.post(self.url("http", "/api/auth/login")).json(&body);
        match answer_to(request).await {
            Answer::Status(200, answer) => {
                let token = answer["accessToken"].as_str().expect("a token").to_owned();
                *self.held() = Some(token.clone());
                Ok(token)
            }
            Answer::Status(status, _) => Err(format!("the log-in was answered with {status}")),
            Answer::NotSent(reason) | Answer::Unknown(reason) => {
                Err(format!("no answer to the log-in: {reason}"))
            }
        }
    }

    /// Discards the token, because it was rejected.
    pub(super) fn discard_token(&self) {
        *self.held() = None;
    }

    fn held(&self) -> MutexGuard<'_, Option<String>> {
        self.token.lock().expect("the lock is not poisoned")
    }

    /// Sends a request with the token, and with additional headers.
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let token = match self.token().await {
            Ok(token) => token,
            Err(reason) => return Answer::NotSent(reason),
        };
        let method = method.parse().expect("a method");
        let mut request = self
            .http
            .request(method, self.url("http", path))
            .bearer_auth(token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = answer_to(request).await;
        if let Answer::Status(401, _) = answer {
            self.discard_token();
        }
        answer
    }

    /// Sends a GET request, which must succeed.
    pub(super) async fn get(&self, path: &str) -> Result<Value, String> {
        match self.send("GET", path, &[], None).await {
            Answer::Status(200, body) => Ok(body),
            other => Err(format!("{path}: {other:?}")),
        }
    }

    /// Returns the overall status in `/health`, within a second.
    pub(super) async fn health(&self) -> Result<String, String> {
        let request = self.http.get(self.url("http", "/health"));
        match answer_to(request.timeout(Duration::from_secs(1))).await {
            Answer::Status(_, body) => Ok(body["status"].as_str().unwrap_or("unknown").to_owned()),
            Answer::NotSent(reason) | Answer::Unknown(reason) => Err(reason),
        }
    }
}

async fn answer_to(request: reqwest::RequestBuilder) -> Answer {
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) if error.is_connect() => return Answer::NotSent(error.to_string()),
        Err(error) => return Answer::Unknown(error.to_string()),
    };
    let status = response.status().as_u16();
    match response.text().await {
        Ok(text) => Answer::Status(status, serde_json::from_str(&text).unwrap_or(Value::Null)),
        Err(error) => Answer::Unknown(error.to_string()),
    }
}
