//! A client with a chosen source address.

use std::net::IpAddr;

use serde_json::json;

use super::{endpoints::Answer, support::Program};

/// A client with a chosen source address. All addresses in 127.0.0.0/8 belong to this machine.
#[derive(Clone)]
pub(super) struct Visitor {
    http: reqwest::Client,
    /// Value of `X-Forwarded-For` in its requests.
    forwarded: Option<String>,
}

impl Visitor {
    pub(super) fn at(address: &str) -> Self {
        let address: IpAddr = address.parse().expect("an address");
        let http = reqwest::Client::builder().local_address(address).build();
        Self {
            http: http.expect("a client"),
            forwarded: None,
        }
    }

    /// Returns a client with the same address that sends `X-Forwarded-For`.
    pub(super) fn forwarding(&self, forwarded: &str) -> Self {
        Self {
            forwarded: Some(forwarded.to_owned()),
            ..self.clone()
        }
    }

    pub(super) fn request(&self, program: &Program, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().expect("a method");
        let request = self.http.request(method, program.url(path));
        match &self.forwarded {
            Some(forwarded) => request.header("x-forwarded-for", forwarded),
            None => request,
        }
    }

    pub(super) async fn log_in(&self, program: &Program, username: &str, password: &str) -> Answer {
        let guess = json!({"username": username, "password": password});
        Answer::to(self.request(program, "POST", "/api/auth/login").json(&guess)).await
    }

    /// Tries wrong passwords until an attempt is rate-limited, and returns the number of attempts before it.
    pub(super) async fn guesses(&self, program: &Program, username: &str) -> usize {
        for checked in 0..1_000 {
            let answer = self.log_in(program, username, "not the password").await;
            if answer.status == 429 {
                answer.check_rate_limited();
                return checked;
            }
            assert_eq!(answer.status, 401, "{answer:?}");
        }
        panic!("guesses are not limited")
    }
}
