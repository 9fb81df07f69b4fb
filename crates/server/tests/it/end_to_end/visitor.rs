//! Somebody who calls from an address of its own.

use std::net::IpAddr;

use serde_json::json;

use super::{endpoints::Answer, support::Program};

/// All of 127.0.0.0/8 are addresses of this machine, and a client may choose among them.
#[derive(Clone)]
pub struct Visitor {
    http: reqwest::Client,
    /// For whom it says that it calls, in `X-Forwarded-For`.
    forwarded: Option<String>,
}

impl Visitor {
    pub fn at(address: &str) -> Self {
        let address: IpAddr = address.parse().expect("an address");
        let http = reqwest::Client::builder().local_address(address).build();
        Self {
            http: http.expect("a client"),
            forwarded: None,
        }
    }

    /// The same, who says that it calls for others.
    pub fn forwarding(&self, forwarded: &str) -> Self {
        Self {
            forwarded: Some(forwarded.to_owned()),
            ..self.clone()
        }
    }

    pub fn request(&self, program: &Program, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().expect("a method");
        let request = self.http.request(method, program.url(path));
        match &self.forwarded {
            Some(forwarded) => request.header("x-forwarded-for", forwarded),
            None => request,
        }
    }

    pub async fn log_in(&self, program: &Program, username: &str, password: &str) -> Answer {
        let guess = json!({"username": username, "password": password});
        Answer::to(self.request(program, "POST", "/api/auth/login").json(&guess)).await
    }

    /// Tries wrong passwords until no more are heard, and tells how many were.
    pub async fn guesses(&self, program: &Program, username: &str) -> usize {
        for heard in 0..1_000 {
            let answer = self.log_in(program, username, "not the password").await;
            if answer.status == 429 {
                answer.check_rate_limited();
                return heard;
            }
            assert_eq!(answer.status, 401, "{answer:?}");
        }
        panic!("nobody stops the guessing")
    }
}
