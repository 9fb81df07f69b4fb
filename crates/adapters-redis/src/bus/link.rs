//! A subscribed connection to one server, kept alive.

use std::{collections::HashMap, mem, sync::Arc, time::Duration};

use application::GivenUp;
use fred::{
    clients::{Client, WithOptions},
    error::{Error, ErrorKind},
    interfaces::{ClientInterface, ClientLike, EventInterface, PubsubInterface},
    types::{
        Message,
        config::{Config, ConnectionConfig, Options, PerformanceConfig, ReconnectPolicy, UnresponsiveConfig},
    },
};
use futures::future::try_join_all;
use tokio::{
    sync::{
        Notify,
        broadcast::{self, error::TryRecvError},
        watch,
    },
    time::sleep,
};
use tokio_util::task::AbortOnDropHandle;

use super::{channels::Subscriptions, config::with_server};
use crate::url::Node;

/// Time without incoming data after a command, after which fred abandons the connection. Published messages are data
/// too: an answer may be queued behind many of them.
const SILENCE: Duration = Duration::from_secs(2);
/// Text of fred's error for a connection without incoming data for [`SILENCE`].
const UNRESPONSIVE: &str = "Unresponsive connection.";
/// Interval of the checks of the subscriptions.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// Timeout of a connection attempt, and of the commands with which fred sets up a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);
/// Timeout of any single command.
const PATIENCE: Duration = Duration::from_secs(5);
/// Maximum number of times that a command is sent while messages arrive but its answers are late.
const ATTEMPTS: u32 = 6;
/// Maximum pause after a failed subscription, unless Redis refused it.
const PAUSE: Duration = Duration::from_millis(100);
/// Pause after Redis refused a subscription, or fred gave up, which it only does for errors that it attributes to the
/// configuration.
const LONG_PAUSE: Duration = Duration::from_secs(1);

/// A connection that subscribes to channels, and subscribes again after each loss, until it is dropped.
pub(super) struct Link {
    wanted: watch::Sender<Arc<Subscriptions>>,
    progress: watch::Receiver<Progress>,
    _keeper: AbortOnDropHandle<()>,
}

/// State of a [`Link`].
#[derive(Debug, Default)]
struct Progress {
    /// The subscriptions that Redis has confirmed; `None` without a connection.
    confirmed: Option<Arc<Subscriptions>>,
    has_failed: bool,
    losses: u64,
    /// Whether confirmed subscriptions were lost, and none have been confirmed since.
    is_lost: bool,
}

impl Progress {
    /// Records that Redis has confirmed subscriptions. Returns `true` if earlier ones were lost.
    fn confirm(&mut self, subscriptions: Arc<Subscriptions>) -> bool {
        self.confirmed = Some(subscriptions);
        self.has_failed = false;
        mem::take(&mut self.is_lost)
    }

    /// Records that the connection was lost, or that an attempt to subscribe failed.
    fn fail(&mut self) {
        if self.confirmed.take().is_some() {
            self.losses += 1;
            self.is_lost = true;
        }
        self.has_failed = true;
    }
}

impl Link {
    /// Starts to connect, with room for `waiting` messages. `changed` is notified of every change of the progress.
    /// Returns the link and the messages that it receives.
    pub(super) fn start(
        config: &Config,
        server: &Node,
        waiting: usize,
        wanted: Subscriptions,
        changed: Arc<Notify>,
    ) -> (Self, broadcast::Receiver<Message>) {
        let client = client(with_server(config, server), waiting);
        let messages = client.message_rx();
        let wanted = watch::Sender::new(Arc::new(wanted));
        let (progress, receiver) = watch::channel(Progress::default());
        let keeper = Keeper {
            client,
            server: server.clone(),
            wanted: wanted.subscribe(),
            progress,
            changed,
        };
        let link = Self {
            wanted,
            progress: receiver,
            _keeper: AbortOnDropHandle::new(tokio::spawn(keeper.keep())),
        };
        (link, messages)
    }

    /// Changes the channels. Nothing has to be unsubscribed: Redis itself removes the subscriptions to sharded channels
    /// whose slots have moved to another server, and plain channels are only added.
    pub(super) fn want(&self, wanted: Subscriptions) {
        self.wanted.send_if_modified(|old| {
            let is_new = **old != wanted;
            if is_new {
                *old = Arc::new(wanted);
            }
            is_new
        });
    }

    /// Returns `true` if the last attempt to subscribe failed, or the connection has been lost since.
    pub(super) fn has_failed(&self) -> bool {
        self.progress.borrow().has_failed
    }

    /// Returns the number of times that confirmed subscriptions were lost.
    pub(super) fn losses(&self) -> u64 {
        self.progress.borrow().losses
    }

    /// Returns `true` while all requested subscriptions are confirmed.
    pub(super) fn is_up(&self) -> bool {
        let confirmed = &self.progress.borrow().confirmed;
        confirmed
            .as_ref()
            .is_some_and(|confirmed| Arc::ptr_eq(confirmed, &self.wanted.borrow()))
    }
}

/// Creates a client that is not yet connected, with room for `waiting` messages.
fn client(config: Config, waiting: usize) -> Client {
    let performance = PerformanceConfig {
        broadcast_channel_capacity: waiting,
        ..PerformanceConfig::default()
    };
    let connection = ConnectionConfig {
        connection_timeout: CONNECT_WITHIN,
        internal_command_timeout: CONNECT_WITHIN,
        unresponsive: UnresponsiveConfig {
            max_timeout: Some(SILENCE),
            interval: SILENCE / 4,
        },
        ..ConnectionConfig::default()
    };
    // The number of attempts is unlimited. The delay doubles from 50 ms up to 500 ms; fred adds up to 50 ms of jitter.
    let policy = ReconnectPolicy::new_exponential(0, 50, 500, 2);
    Client::new(config, Some(performance), Some(connection), Some(policy))
}

/// The task of a [`Link`].
struct Keeper {
    client: Client,
    server: Node,
    wanted: watch::Receiver<Arc<Subscriptions>>,
    progress: watch::Sender<Progress>,
    changed: Arc<Notify>,
}

impl Keeper {
    /// Keeps the client connected and subscribed until the future is dropped.
    async fn keep(mut self) {
        loop {
            let connection = AbortOnDropHandle::new(self.client.connect());
            // Whichever branch ends, the other one is dropped: both begin again with the next connection.
            tokio::select! {
                ended = connection => tracing::warn!(server = %self.server, ?ended, "the connection to Redis Pub/Sub was abandoned; reconnecting"),
                () = self.stay_subscribed() => {}
            }
            self.failed();
            sleep(LONG_PAUSE).await;
        }
    }

    /// Subscribes, and resubscribes after each loss, until the link is dropped. fred reconnects automatically and
    /// reports that it has done so. The subscriptions are made here rather than by fred, because the state depends on
    /// their confirmation.
    async fn stay_subscribed(&mut self) {
        let (mut losses, mut reconnections) = (self.client.error_rx(), self.client.reconnect_rx());
        let mut logged = String::new();
        loop {
            // The following subscription repairs every loss reported so far. A later loss requires another one.
            let loss = newest(&mut losses);
            newest(&mut reconnections);
            let wanted = Arc::clone(&self.wanted.borrow_and_update());
            if let Err(error) = subscribe(&self.client, &wanted).await {
                // The error of an attempt to connect explains more than that of a command that was never sent.
                let reason = match &loss {
                    Some((loss, _)) => Some(explained(loss, CONNECT_WITHIN)),
                    None => (!error.is_canceled()).then(|| explained(&error, PATIENCE)),
                };
                if let Some(reason) = reason {
                    self.failed();
                    if reason != logged {
                        tracing::warn!(server = %self.server, reason, "cannot subscribe to Redis Pub/Sub; retrying");
                        logged = reason;
                    }
                }
                // A redirection ends as soon as the other master is known. After other refusals, the pause is longer.
                let is_refused = is_refusal(&error) && !error.is_moved();
                // All branches are cancel-safe.
                tokio::select! {
                    _ = reconnections.recv() => {}
                    changed = self.wanted.changed() => if changed.is_err() { return },
                    () = sleep(if is_refused { LONG_PAUSE } else { PAUSE }) => {}
                }
                if is_refused {
                    // fred expects no answer to SUBSCRIBE, so it assigns a refusal to the next command. Only a new
                    // connection assigns answers correctly again.
                    let _ = self.client.force_reconnection().await;
                }
                continue;
            }
            // The connection changed while subscribing, so the subscription may belong to the old one.
            if !losses.is_empty() || !reconnections.is_empty() {
                continue;
            }
            logged.clear();
            let (plain, sharded) = (&wanted.plain, wanted.sharded.len());
            tracing::info!(server = %self.server, ?plain, sharded, "subscribed to Redis Pub/Sub");
            let mut is_restored = false;
            self.report(|progress| is_restored = progress.confirm(Arc::clone(&wanted)));
            if is_restored {
                metrics::counter!("fleetwatch_redis_reconnects_total").increment(1);
            }

            // All branches are cancel-safe: `watch_over` has no state, and a check can be repeated.
            let reason = tokio::select! {
                loss = losses.recv() => {
                    loss.map_or_else(|lagged| lagged.to_string(), |(loss, _)| explained(&loss, CONNECT_WITHIN))
                }
                _ = reconnections.recv() => "reconnected".to_owned(),
                error = watch_over(&self.client, &wanted) => explained(&error, PATIENCE),
                changed = self.wanted.changed() => match changed {
                    Ok(()) => continue,
                    Err(_) => return,
                },
            };
            tracing::warn!(server = %self.server, reason, "the connection to Redis Pub/Sub was lost");
            self.failed();
        }
    }

    fn failed(&self) {
        self.report(Progress::fail);
    }

    fn report(&self, change: impl FnOnce(&mut Progress)) {
        self.progress.send_modify(change);
        self.changed.notify_one();
    }
}

/// Drains a channel. Returns its last value, if any.
fn newest<T: Clone>(channel: &mut broadcast::Receiver<T>) -> Option<T> {
    let mut newest = None;
    loop {
        match channel.try_recv() {
            Ok(value) => newest = Some(value),
            Err(TryRecvError::Lagged(_)) => {}
            Err(TryRecvError::Empty | TryRecvError::Closed) => return newest,
        }
    }
}

/// Subscribes, and returns once Redis has confirmed all subscriptions.
async fn subscribe(client: &Client, channels: &Subscriptions) -> Result<(), Error> {
    let limited = &with_limits(client);
    if !channels.plain.is_empty() {
        // fred returns as soon as the command is written, so a second command confirms the subscription.
        limited.subscribe(channels.plain.clone()).await?;
        patiently(|| confirm_plain(client, channels)).await?;
    }
    // Redis answers SSUBSCRIBE once for each channel, but fred expects one answer for each command.
    let subscribe_sharded = || {
        let channels = channels.sharded.iter();
        try_join_all(channels.map(move |channel| limited.ssubscribe(channel.as_str())))
    };
    match subscribe_sharded().await {
        // fred does not watch for silence after SSUBSCRIBE, but does so after this command, whose answer follows the
        // late ones.
        Err(error) if is_late(&error) => {
            patiently(|| confirm(client, channels)).await?;
            subscribe_sharded().await?;
        }
        subscribed => {
            subscribed?;
        }
    }
    Ok(())
}

/// Repeats a command as long as its answer is late, up to [`ATTEMPTS`] times. This does not prolong the wait for a dead
/// connection: each command makes fred watch for [`SILENCE`] again, so an answer can only be late while messages
/// arrive, behind which it is queued. The connection then works, and giving it up would lose these messages.
async fn patiently<T, F>(command: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    for _ in 1..ATTEMPTS {
        match command().await {
            Err(error) if is_late(&error) => {}
            answer => return answer,
        }
    }
    command().await
}

/// Checks the subscriptions at every [`HEARTBEAT`]. Returns the error when one is missing or Redis does not answer.
async fn watch_over(client: &Client, channels: &Subscriptions) -> Error {
    loop {
        sleep(HEARTBEAT).await;
        if let Err(error) = patiently(|| confirm(client, channels)).await {
            return error;
        }
    }
}

/// Checks that this connection still has its subscriptions.
async fn confirm(client: &Client, channels: &Subscriptions) -> Result<(), Error> {
    let own: Result<String, Error> = with_limits(client).client_info().await;
    match own {
        Ok(own) => {
            let number = |name: &str| -> Option<usize> {
                own.split_whitespace()
                    .find_map(|property| property.strip_prefix(name))?
                    .parse()
                    .ok()
            };
            // The first versions with sharded channels do not report the number of subscriptions to them.
            let is_whole = number("sub=").is_none_or(|number| number >= channels.plain.len())
                && number("ssub=").is_none_or(|number| number >= channels.sharded.len());
            is_whole
                .then_some(())
                .ok_or_else(|| Error::new(ErrorKind::Unknown, "a subscription is missing"))
        }
        // Redis before 6.2 does not have the command, and the user may lack the permission for it.
        Err(error) if is_refusal(&error) => confirm_plain(client, channels).await,
        Err(error) => Err(error),
    }
}

/// Checks that each plain channel has a subscriber.
async fn confirm_plain(client: &Client, channels: &Subscriptions) -> Result<(), Error> {
    let listeners: HashMap<String, u64> = with_limits(client).pubsub_numsub(channels.plain.clone()).await?;
    match channels
        .plain
        .iter()
        .find(|channel| listeners.get(*channel).is_none_or(|listeners| *listeners == 0))
    {
        None => Ok(()),
        Some(channel) => Err(Error::new(
            ErrorKind::Unknown,
            format!("{channel} has no subscriber"),
        )),
    }
}

/// Returns `true` for the error of a command that was not answered in time.
fn is_late(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Timeout)
}

/// Returns `true` for an error with which Redis answered a command.
fn is_refusal(error: &Error) -> bool {
    !matches!(
        error.kind(),
        ErrorKind::IO | ErrorKind::Timeout | ErrorKind::Canceled
    )
}

/// Returns the text of an error, for the log. `limit` is the timeout of the call that failed.
fn explained(error: &Error, limit: Duration) -> String {
    if is_late(error) {
        return GivenUp::NoAnswer(limit).to_string();
    }
    if *error.kind() == ErrorKind::IO && error.details() == UNRESPONSIVE {
        return GivenUp::NoAnswer(SILENCE).to_string();
    }
    let text = error.to_string();
    if text.to_ascii_lowercase().contains("unknown command")
        && text.to_ascii_lowercase().contains("ssubscribe")
    {
        return format!(
            "REDIS__CHANNEL_SHARDS is greater than 1, but sharded channels require Redis 7 or newer ({text})"
        );
    }
    text
}

/// Returns a client whose commands fail at once while there is no connection, instead of being queued for later.
fn with_limits(client: &Client) -> WithOptions<Client> {
    client.with_options(&Options {
        max_attempts: Some(1),
        timeout: Some(PATIENCE),
        fail_fast: true,
        ..Options::default()
    })
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, future::ready};

    use super::*;

    /// Returns the result of a command that fails `failures` times, and the number of times that it was sent.
    async fn sent(kind: ErrorKind, failures: u32) -> (Result<u32, Error>, u32) {
        let sent = Cell::new(0);
        let result = patiently(|| {
            sent.set(sent.get() + 1);
            ready(if sent.get() > failures {
                Ok(7)
            } else {
                Err(Error::new(kind.clone(), "no answer"))
            })
        })
        .await;
        (result, sent.get())
    }

    #[test]
    fn only_subscriptions_that_were_lost_are_restored() {
        let mut progress = Progress::default();
        let confirm = |progress: &mut Progress| progress.confirm(Arc::default());
        progress.fail();
        assert!(!confirm(&mut progress), "these are the first ones");
        // Sharded channels have moved to this server.
        assert!(!confirm(&mut progress));
        progress.fail();
        progress.fail();
        assert!(confirm(&mut progress));
        assert!(!confirm(&mut progress));
        assert_eq!(progress.losses, 1);
    }

    #[test]
    fn the_error_of_a_late_answer_states_the_limit() {
        for (kind, text, expected) in [
            (ErrorKind::Timeout, "Request timed out.", "no answer within 5 s"),
            (ErrorKind::IO, UNRESPONSIVE, "no answer within 2 s"),
            (
                ErrorKind::IO,
                "Connection refused",
                "IO Error: Connection refused",
            ),
        ] {
            assert_eq!(explained(&Error::new(kind, text), PATIENCE), expected);
        }
    }

    #[tokio::test]
    async fn only_a_command_with_a_late_answer_is_repeated() {
        assert_eq!(sent(ErrorKind::Timeout, 0).await, (Ok(7), 1));
        assert_eq!(sent(ErrorKind::Timeout, 3).await, (Ok(7), 4));
        assert_eq!(sent(ErrorKind::Timeout, ATTEMPTS - 1).await, (Ok(7), ATTEMPTS));
        let (result, attempts) = sent(ErrorKind::Timeout, ATTEMPTS).await;
        assert!(result.is_err());
        assert_eq!(attempts, ATTEMPTS);
        let (result, attempts) = sent(ErrorKind::IO, 1).await;
        assert!(result.is_err());
        assert_eq!(attempts, 1);
    }
}
