//! Log-ins of the account's owner with the correct password, while it is being guessed.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::bail;
use reqwest::{Client, StatusCode};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::guesses::{client_at, log_in};

/// Home address of the owner, from which no guesses are made.
const HOME: Ipv4Addr = Ipv4Addr::new(127, 9, 9, 9);
/// Pause between log-ins, long enough for the limit per account and address.
const PAUSE: Duration = Duration::from_secs(2);
/// Pause after a 429 response.
const RETRY: Duration = Duration::from_secs(1);

/// Log-ins of the owner, all of which succeeded eventually.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LogIns {
    pub(super) count: u32,
    /// Number of 429 responses, after which the owner tried again.
    pub(super) refusals: u32,
    /// Duration of the slowest log-in, including repeated attempts.
    pub(super) longest: Duration,
}

/// Log-ins of the owner by origin.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Owner {
    /// Log-ins from the same address.
    pub(super) at_home: LogIns,
    /// Log-ins from a different address each time.
    pub(super) on_the_road: LogIns,
}

/// Logs in with the correct password until `is_over` is cancelled, concurrently from home and from elsewhere.
///
/// # Errors
/// Fails if a response is neither a success nor 429.
pub(super) async fn log_in_again_and_again(
    endpoint: SocketAddr,
    account: (&str, &str),
    is_over: &CancellationToken,
) -> anyhow::Result<Owner> {
    let on_the_road = |number: u16| {
        let [high, low] = number.to_be_bytes();
        Ipv4Addr::new(127, 8, high, low)
    };
    let (at_home, on_the_road) = tokio::try_join!(
        log_ins(|_| HOME, endpoint, account, is_over),
        log_ins(on_the_road, endpoint, account, is_over)
    )?;
    Ok(Owner { at_home, on_the_road })
}

async fn log_ins(
    place: impl Fn(u16) -> Ipv4Addr,
    endpoint: SocketAddr,
    account: (&str, &str),
    is_over: &CancellationToken,
) -> anyhow::Result<LogIns> {
    let mut log_ins = LogIns::default();
    for number in 0.. {
        if is_over.run_until_cancelled(sleep(PAUSE)).await.is_none() {
            break;
        }
        log_ins.add(&client_at(place(number))?, endpoint, account).await?;
    }
    Ok(log_ins)
}

impl LogIns {
    async fn add(
        &mut self,
        client: &Client,
        endpoint: SocketAddr,
        (username, password): (&str, &str),
    ) -> anyhow::Result<()> {
        let began = Instant::now();
        loop {
            match log_in(client.clone(), endpoint, username.to_owned(), password.to_owned()).await? {
                StatusCode::OK => break,
                StatusCode::TOO_MANY_REQUESTS => self.refusals += 1,
                other => bail!("the owner's log-in was answered with {other}"),
            }
            sleep(RETRY).await;
        }
        self.count += 1;
        self.longest = self.longest.max(began.elapsed());
        Ok(())
    }
}
