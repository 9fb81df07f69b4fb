//! `fleetwatch healthcheck`: requests a health endpoint of the server on this machine.

use std::{path::Path, time::Duration};

use anyhow::bail;
use application::GivenUp;
use clap::Args;
use reqwest::{Client, header, redirect::Policy};
use tokio::time::Instant;

use super::{number::whole, print};
use crate::{config::OwnAddress, failure::Failure};

/// Time between two attempts while waiting for the server.
const RETRY: Duration = Duration::from_millis(200);

/// Arguments of `fleetwatch healthcheck`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Health endpoint to request
    #[arg(long, default_value = "/health/ready", value_name = "PATH", value_parser = path)]
    path: String,
    /// Time limit of a request, in milliseconds: 1 to 600000
    #[arg(long, default_value_t = 3_000, value_name = "MS", value_parser = whole(1..=600_000_u64))]
    timeout_ms: u64,
    /// Repeat failed requests for this time, in seconds: at most 86400
    #[arg(long, default_value_t = 0, value_name = "SECONDS", value_parser = whole(0..=86_400_u64))]
    wait_s: u64,
}

fn path(text: &str) -> Result<String, &'static str> {
    if text.starts_with('/') {
        Ok(text.to_owned())
    } else {
        Err("must start with /")
    }
}

/// Requests a health endpoint, and prints the response.
///
/// # Errors
/// Fails if the settings that determine the server's address are invalid, or if the server does not report success
/// within the waiting time.
pub async fn run(file: Option<&Path>, arguments: &Arguments) -> Result<(), Failure> {
    let server = OwnAddress::load(file, std::env::vars_os())?;
    if server.address.port == 0 {
        let fault = "FLEETWATCH_HTTP__BIND: the port is 0, so the one that the server chose is not known";
        return Err(Failure::Usage(fault.to_owned()));
    }
    let until = Instant::now() + Duration::from_secs(arguments.wait_s);
    loop {
        match request(&server, arguments).await {
            Ok(body) => return Ok(print(&format!("{body}\n"))?),
            Err(error) if Instant::now() + RETRY > until => return Err(error.into()),
            Err(_) => tokio::time::sleep(RETRY).await,
        }
    }
}

/// Requests the endpoint once, and returns the body of a successful response.
///
/// # Errors
/// Fails if the server does not respond in time, or does not report success.
async fn request(server: &OwnAddress, arguments: &Arguments) -> anyhow::Result<String> {
    let limit = Duration::from_millis(arguments.timeout_ms);
    let client = Client::builder()
        // The server is on this machine, so a proxy of the environment must not be used.
        .no_proxy()
        .redirect(Policy::none())
        .timeout(limit)
        .build()?;
    let url = format!("http://{}{}", server.address, arguments.path);
    let mut request = client.get(&url);
    // Requests for any other host get 421.
    if let Some(host) = server.hosts.first() {
        request = request.header(header::HOST, host.to_string());
    }
    let failed = |error: reqwest::Error| {
        let error = match error.is_timeout() {
            true => GivenUp::NoAnswer(limit).into(),
            false => anyhow::Error::from(error),
        };
        error.context(format!("{url} does not respond"))
    };
    let response = request.send().await.map_err(failed)?;
    let status = response.status();
    let body = response.text().await.map_err(failed)?;
    if !status.is_success() {
        bail!("{url}: {status}: {body}");
    }
    Ok(body)
}
