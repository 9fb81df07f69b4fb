//! A connection that listens, kept alive.

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

/// How long a connection with an open question may be silent before fred gives it up. Messages are no silence: behind
/// many of them an answer may come late.
const SILENCE: Duration = Duration::from_secs(2);
/// How often a question is asked.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// How long an answer may take at all.
const PATIENCE: Duration = Duration::from_secs(30);
/// The pause after a subscription that did not succeed.
const PAUSE: Duration = Duration::from_millis(100);
/// The pause after fred gave up, which it does for what it takes for a wrong configuration only.
const LONG_PAUSE: Duration = Duration::from_secs(1);

/// The channels that a connection listens to.
pub(super) type Channels = &'static [&'static str];

/// A client that is not connected yet; `waiting` messages may wait to be taken.
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
    // Without end, 50 ms doubling up to 500 ms, with fred's own jitter of up to 50 ms on top while below that.
    let policy = ReconnectPolicy::new_exponential(0, 50, 500, 2);
    Client::new(config.clone(), Some(performance), Some(connection), Some(policy))
}

/// Whether what is published arrives. Every change is told, also one that is undone before anybody looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing is known yet.
    Trying,
    Up,
    Down,
}

/// Keeps a client connected and subscribed until it is dropped.
pub(super) async fn keep(client: Client, channels: Channels, state: watch::Sender<State>) {
    loop {
        let connection = AbortOnDropHandle::new(client.connect());
        tokio::select! {
            ended = connection => tracing::warn!(?ended, "the connection to Redis Pub/Sub was given up, and is begun again"),
            () = stay_subscribed(&client, channels, &state) => {}
        }
        state.send_replace(State::Down);
        sleep(LONG_PAUSE).await;
    }
}

/// Subscribes after each loss. fred reconnects by itself, and says so; only then are the subscriptions made again, here
/// and not by fred, so that it is known when they stand. Never ends.
async fn stay_subscribed(client: &Client, channels: Channels, state: &watch::Sender<State>) {
    let (mut losses, mut reconnections) = (client.error_rx(), client.reconnect_rx());
    let (mut was_up, mut told) = (false, String::new());
    loop {
        // Whatever was heard until here, the subscription that follows heals. What is heard later asks for another.
        let loss = newest(&mut losses);
        newest(&mut reconnections);
        if let Err(error) = subscribe(client, channels).await {
            // A command that was not even sent says less than fred's own attempts to connect.
            let reason = loss
                .map(|(loss, _)| loss)
                .or_else(|| (!error.is_canceled()).then_some(error));
            if let Some(reason) = reason.map(|reason| reason.to_string()) {
                state.send_if_modified(|state| std::mem::replace(state, State::Down) == State::Trying);
                if reason != told {
                    tracing::warn!(reason, "not subscribed to Redis Pub/Sub; trying on");
                    told = reason;
                }
            }
            tokio::select! {
                _ = reconnections.recv() => {}
                () = sleep(PAUSE) => {}
            }
            continue;
        }
        if !losses.is_empty() || !reconnections.is_empty() {
            continue;
        }
        if was_up {
            metrics::counter!("fleetwatch_redis_reconnects_total").increment(1);
        }
        (was_up, told) = (true, String::new());
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

/// The last of what waits in a channel, if anything does.
fn newest<T: Clone>(channel: &mut broadcast::Receiver<T>) -> Option<T> {
    let mut newest = None;
    loop {
        match channel.try_recv() {
            Ok(heard) => newest = Some(heard),
            Err(TryRecvError::Lagged(_)) => {}
            Err(TryRecvError::Empty | TryRecvError::Closed) => return newest,
        }
    }
}

/// Returns once Redis has confirmed that all subscriptions stand.
async fn subscribe(client: &Client, channels: Channels) -> Result<(), Error> {
    // fred answers as soon as the command is written.
    with_limits(client).subscribe(channels.to_vec()).await?;
    confirm(client, channels).await
}

/// Asks now and then whether the subscriptions stand; returns when they don't, or nobody answers.
async fn watch_over(client: &Client, channels: Channels) -> Error {
    loop {
        sleep(HEARTBEAT).await;
        if let Err(error) = confirm(client, channels).await {
            return error;
        }
    }
}

/// The question goes the way of the subscription, to the same node of a cluster, and is answered after it.
async fn confirm(client: &Client, channels: Channels) -> Result<(), Error> {
    let listeners: HashMap<String, u64> = with_limits(client).pubsub_numsub(channels.to_vec()).await?;
    match channels
        .iter()
        .find(|channel| listeners.get(**channel).is_none_or(|listeners| *listeners == 0))
    {
        None => Ok(()),
        Some(channel) => Err(Error::new(
            fred::error::ErrorKind::Unknown,
            format!("nobody listens on {channel}"),
        )),
    }
}

/// A command that nobody can take now is an error now, and nothing for later.
fn with_limits(client: &Client) -> WithOptions<Client> {
    client.with_options(&Options {
        max_attempts: Some(1),
        timeout: Some(PATIENCE),
        fail_fast: true,
        ..Options::default()
    })
}
