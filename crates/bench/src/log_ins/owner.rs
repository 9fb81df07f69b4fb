//! Whose account it is.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::ensure;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::guesses::{client_at, log_in};

/// Where the owner is: not where guesses come from.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 9, 9, 9);
/// Seldom enough for the limit of one account and address.
const PAUSE: Duration = Duration::from_secs(3);

/// The owner's log-ins, all of which succeeded.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LogIns {
    pub(super) count: u32,
    /// How long the slowest of them took.
    pub(super) longest: Duration,
}

/// Logs in with the right password again and again, until it is over.
///
/// # Errors
/// When the owner is refused.
pub(super) async fn log_in_again_and_again(
    door: SocketAddr,
    (username, password): (&str, &str),
    is_over: &CancellationToken,
) -> anyhow::Result<LogIns> {
    let client = client_at(ADDRESS)?;
    let mut log_ins = LogIns::default();
    while is_over.run_until_cancelled(sleep(PAUSE)).await.is_some() {
        let began = Instant::now();
        let status = log_in(client.clone(), door, username.to_owned(), password.to_owned()).await?;
        ensure!(status.is_success(), "the owner was refused: {status}");
        log_ins.count += 1;
        log_ins.longest = log_ins.longest.max(began.elapsed());
    }
    Ok(log_ins)
}
