//! A subscribed connection, kept alive.

use std::{collections::HashMap, time::Duration};

use fred::{
    clients::{Client, WithOptions},
    error::Error,
    interfaces::{ClientLike, EventInterface, PubsubInterface},
    types::config::{
        Config, ConnectionConfig, Options, PerformanceConfig, ReconnectPolicy, UnresponsiveConfig,
    },
};
use tokio::{
    sync::{
        broadcast::{self, error::TryRecvError},
        watch,
    },
    time::sleep,
};
use tokio_util::task::AbortOnDropHandle;

/// Time without incoming data after which fred abandons a connection that has an unanswered command. Published messages
/// are data too, because an answer may be queued behind many of them.
const SILENCE: Duration = Duration::from_secs(2);
/// Interval of the checks of the subscriptions.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// Timeout of any single command.
const PATIENCE: Duration = Duration::from_secs(30);
/// Maximum pause after a failed subscription.
const PAUSE: Duration = Duration::from_millis(100);
/// Pause after fred gave up, which it only does for errors that it attributes to the configuration.
const LONG_PAUSE: Duration = Duration::from_secs(1);

/// Channels that a connection subscribes to.
pub(super) type Channels = &'static [&'static str];

/// Creates a client that is not yet connected, with room for `waiting` messages.
pub(super) fn client(config: &Config, waiting: usize) -> Client {
    let performance = PerformanceConfig {
        broadcast_channel_capacity: waiting,
        ..PerformanceConfig::default()
    };
    let connection = ConnectionConfig {
        connection_timeout: Duration::from_secs(1),
        internal_command_timeout: Duration::from_secs(1),
        unresponsive: UnresponsiveConfig {
            max_timeout: Some(SILENCE),
            interval: SILENCE / 4,
        },
        ..ConnectionConfig::default()
    };
    // The number of attempts is unlimited. The delay doubles from 50 ms up to 500 ms; fred adds up to 50 ms of jitter.
    let policy = ReconnectPolicy::new_exponential(0, 50, 500, 2);
    Client::new(config.clone(), Some(performance), Some(connection), Some(policy))
}

/// Whether published messages arrive. Receivers notice every change, even one that is reverted before they check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// No attempt to subscribe has succeeded or failed yet.
    Trying,
    Up,
    Down,
}

/// Keeps a client connected and subscribed until the future is dropped.
pub(super) async fn keep(client: Client, channels: Channels, state: watch::Sender<State>) {
    loop {
        let connection = AbortOnDropHandle::new(client.connect());
        tokio::select! {
            ended = connection => tracing::warn!(?ended, "the connection to Redis Pub/Sub was abandoned; reconnecting"),
            () = stay_subscribed(&client, channels, &state) => {}
        }
        state.send_replace(State::Down);
        sleep(LONG_PAUSE).await;
    }
}

/// Subscribes, and resubscribes after each loss; never returns. fred reconnects automatically and reports it. The
/// subscriptions are made here rather than by fred, because the state depends on their confirmation.
async fn stay_subscribed(client: &Client, channels: Channels, state: &watch::Sender<State>) {
    let (mut losses, mut reconnections) = (client.error_rx(), client.reconnect_rx());
    let (mut was_up, mut logged) = (false, String::new());
    loop {
        // The subscription that follows repairs every loss reported so far. A later loss requires another subscription.
        let loss = newest(&mut losses);
        newest(&mut reconnections);
        if let Err(error) = subscribe(client, channels).await {
            // The error of an attempt to connect explains more than that of a command that was never sent.
            let reason = loss
                .map(|(loss, _)| loss)
                .or_else(|| (!error.is_canceled()).then_some(error));
            if let Some(reason) = reason.map(|reason| reason.to_string()) {
                // Only the first failure is a change: after a loss the state is `Down` already.
                state.send_if_modified(|state| std::mem::replace(state, State::Down) == State::Trying);
                if reason != logged {
                    tracing::warn!(reason, "cannot subscribe to Redis Pub/Sub; retrying");
                    logged = reason;
                }
            }
            tokio::select! {
                _ = reconnections.recv() => {}
                () = sleep(PAUSE) => {}
            }
            continue;
        }
        // The connection changed while subscribing, so the subscription may belong to the old one.
        if !losses.is_empty() || !reconnections.is_empty() {
            continue;
        }
        if was_up {
            metrics::counter!("fleetwatch_redis_reconnects_total").increment(1);
        }
        (was_up, logged) = (true, String::new());
        tracing::info!(?channels, "subscribed to Redis Pub/Sub");
        state.send_replace(State::Up);

        let reason = tokio::select! {
            loss = losses.recv() => loss.map_or_else(|lagged| lagged.to_string(), |(loss, _)| loss.to_string()),
            _ = reconnections.recv() => "reconnected".to_owned(),
            error = watch_over(client, channels) => error.to_string(),
        };
        tracing::warn!(reason, "the connection to Redis Pub/Sub was lost");
        state.send_replace(State::Down);
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
async fn subscribe(client: &Client, channels: Channels) -> Result<(), Error> {
    // fred returns as soon as the command is written, so a separate command confirms the subscription.
    with_limits(client).subscribe(channels.to_vec()).await?;
    confirm(client, channels).await
}

/// Checks the subscriptions at every [`HEARTBEAT`]. Returns the error when one is missing or Redis does not answer.
async fn watch_over(client: &Client, channels: Channels) -> Error {
    loop {
        sleep(HEARTBEAT).await;
        if let Err(error) = confirm(client, channels).await {
            return error;
        }
    }
}

/// Checks that each channel has a subscriber. In a cluster the command is sent to the same node as the subscription,
/// and is therefore answered after it.
async fn confirm(client: &Client, channels: Channels) -> Result<(), Error> {
    let listeners: HashMap<String, u64> = with_limits(client).pubsub_numsub(channels.to_vec()).await?;
    match channels
        .iter()
        .find(|channel| listeners.get(**channel).is_none_or(|listeners| *listeners == 0))
    {
        None => Ok(()),
        Some(channel) => Err(Error::new(
            fred::error::ErrorKind::Unknown,
            format!("{channel} has no subscriber"),
        )),
    }
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
