//! Guesses of a password from many addresses, and the counts of the responses.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::bail;
use reqwest::{Client, StatusCode};
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

/// Number of responses to guesses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Answers {
    /// Number of 401 responses: wrong name or password.
    pub(super) wrong: u32,
    /// Number of 429 responses: too many attempts.
    pub(super) too_many: u32,
}

/// Guesses the password of an account `count` times, evenly spread over `time` and over `addresses` addresses of this
/// machine, each over a new connection. Returns when all guesses are answered.
///
/// # Errors
/// Fails if a guess succeeds, or is not answered.
pub(super) async fn guess(
    endpoint: SocketAddr,
    username: &str,
    count: u32,
    addresses: u16,
    time: Duration,
) -> anyhow::Result<Answers> {
    let clients: Vec<_> = (0..addresses)
        .map(|number| client_at(address(number)))
        .collect::<Result<_, _>>()?;
    let began = Instant::now();
    let mut guesses = JoinSet::new();
    for (number, client) in (0..count).zip(clients.iter().cycle()) {
        sleep_until(began + time * number / count).await;
        guesses.spawn(log_in(
            client.clone(),
            endpoint,
            username.to_owned(),
            format!("not the password {number}"),
        ));
    }
    let mut answers = Answers::default();
    while let Some(status) = guesses.join_next().await {
        match status?? {
            StatusCode::UNAUTHORIZED => answers.wrong += 1,
            StatusCode::TOO_MANY_REQUESTS => answers.too_many += 1,
            other => bail!("a guess was answered with {other}"),
        }
    }
    Ok(answers)
}

/// Returns the n-th address of the guessers, in 127.1.0.0/16.
fn address(number: u16) -> Ipv4Addr {
    let [high, low] = number.to_be_bytes();
    Ipv4Addr::new(127, 1, high, low)
}

/// Creates a client that uses the given local address and opens a connection for each request.
pub(super) fn client_at(address: Ipv4Addr) -> reqwest::Result<Client> {
    Client::builder()
        .local_address(IpAddr::V4(address))
        .pool_max_idle_per_host(0)
        .no_proxy()
        .build()
}

/// Tries to log in, and returns the status of the response.
pub(super) async fn log_in(
    client: Client,
    endpoint: SocketAddr,
    username: String,
    password: String,
) -> reqwest::Result<StatusCode> {
    let request = client
        .post(format!("http://{endpoint}/api/auth/login"))
        .json(&json!({"username": username, "password": password}));
    let response = request.send().await?;
    let status = response.status();
    response.bytes().await?;
    Ok(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_come_from_different_addresses() {
        assert_eq!(address(0), Ipv4Addr::new(127, 1, 0, 0));
        assert_eq!(address(999), Ipv4Addr::new(127, 1, 3, 231));
    }
}
