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

/// Logs in with the right password again and again, until it is over.
///
/// # Errors
/// When it is answered anything but that the owner is in, or that there were too many.
pub(super) async fn log_in_again_and_again(
    door: SocketAddr,
    account: (&str, &str),
    is_over: &CancellationToken,
) -> anyhow::Result<Owner> {
    let home = client_at(HOME)?;
    let mut owner = Owner::default();
    while is_over.run_until_cancelled(sleep(PAUSE)).await.is_some() {
        let number = u16::try_from(owner.on_the_road.count)?;
        let [high, low] = number.to_be_bytes();
        let road = client_at(Ipv4Addr::new(127, 8, high, low))?;
        tokio::try_join!(
            owner.at_home.add(&home, door, account),
            owner.on_the_road.add(&road, door, account)
        )?;
    }
    Ok(owner)
}

impl LogIns {
    async fn add(
        &mut self,
        client: &Client,
        door: SocketAddr,
        (username, password): (&str, &str),
    ) -> anyhow::Result<()> {
        let began = Instant::now();
        loop {
            match log_in(client.clone(), door, username.to_owned(), password.to_owned()).await? {
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
