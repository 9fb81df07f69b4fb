//! Whose account it is.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::bail;
use reqwest::{Client, StatusCode};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::guesses::{client_at, log_in};

/// Where the owner is at home. No guesses come from there.
const HOME: Ipv4Addr = Ipv4Addr::new(127, 9, 9, 9);
/// Seldom enough for the limit of one account and address.
const PAUSE: Duration = Duration::from_secs(2);
/// When the owner tries again who was told that there were too many.
const RETRY: Duration = Duration::from_secs(1);

/// The owner's log-ins, all of which succeeded in the end.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LogIns {
    pub(super) count: u32,
    /// How often there was no place in the queue, and the owner tried again.
    pub(super) refusals: u32,
    /// How long the slowest of them took, with all tries that it needed.
    pub(super) longest: Duration,
}

/// From where the owner logs in.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Owner {
    /// Always the same address.
    pub(super) at_home: LogIns,
    /// Another address each time.
    pub(super) on_the_road: LogIns,
}

/// Logs in with the right password again and again, until it is over: at home and on the road, each for itself.
///
/// # Errors
/// When it is answered anything but that the owner is in, or that there were too many.
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
                other => bail!("the owner's log-in was answered {other}"),
            }
            sleep(RETRY).await;
        }
        self.count += 1;
        self.longest = self.longest.max(began.elapsed());
        Ok(())
    }
}
