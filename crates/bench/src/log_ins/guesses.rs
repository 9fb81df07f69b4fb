//! Who guesses.

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

/// What the server said to guesses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Answers {
    /// That the name or the password is wrong.
    pub(super) wrong: u32,
    /// That there were too many.
    pub(super) too_many: u32,
}

/// Guesses the password of an account so often, evenly over the time, in turn from so many addresses of this machine;
/// each guess over a connection of its own. Returns when all are answered.
///
/// # Errors
/// When a guess is right, or not answered.
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
            other => bail!("a guess was answered {other}"),
        }
    }
    Ok(answers)
}

/// The n-th address of those that guess, in 127.1.0.0/16.
fn address(number: u16) -> Ipv4Addr {
    let [high, low] = number.to_be_bytes();
    Ipv4Addr::new(127, 1, high, low)
}

/// A client whose connections come from this address, and are used once.
pub(super) fn client_at(address: Ipv4Addr) -> reqwest::Result<Client> {
    Client::builder()
        .local_address(IpAddr::V4(address))
        .pool_max_idle_per_host(0)
        .no_proxy()
        .build()
}

/// Tries to log in.
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
    fn addresses_differ() {
        assert_eq!(address(0), Ipv4Addr::new(127, 1, 0, 0));
        assert_eq!(address(999), Ipv4Addr::new(127, 1, 3, 231));
    }
}
