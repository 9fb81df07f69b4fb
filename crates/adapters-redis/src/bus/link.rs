//! A connection that listens, kept alive.

use std::{collections::HashMap, time::Duration};

use application::telemetry::Channel;
use fred::{
    clients::{Client, WithOptions},
    error::Error,
    interfaces::{ClientLike, EventInterface, PubsubInterface},
    types::config::Options,
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
pub(super) const SILENCE: Duration = Duration::from_secs(2);
/// How often a question is asked.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// How long an answer may take at all.
const PATIENCE: Duration = Duration::from_secs(30);
/// The pause after a subscription that did not succeed.
const PAUSE: Duration = Duration::from_millis(100);
/// The pause after fred gave up, which it does for what it takes for a wrong configuration only.
const LONG_PAUSE: Duration = Duration::from_secs(1);

const CHANNELS: [&str; 2] = [Channel::Position.as_str(), Channel::State.as_str()];

/// Whether what is published arrives. Every change is told, also one that is undone before anybody looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Up,
    Down,
}

/// Keeps a client connected and subscribed until it is dropped.
pub(super) async fn keep(client: Client, state: watch::Sender<State>) {
    loop {
        let connection = AbortOnDropHandle::new(client.connect());
        tokio::select! {
            ended = connection => tracing::warn!(?ended, "the connection to Redis Pub/Sub was given up, and is begun again"),
            () = stay_subscribed(&client, &state) => {}
        }
        state.send_replace(State::Down);
        sleep(LONG_PAUSE).await;
    }
}

/// Subscribes after each loss. fred reconnects by itself, and says so; only then are the subscriptions made again, here
/// and not by fred, so that it is known when they stand. Never ends.
async fn stay_subscribed(client: &Client, state: &watch::Sender<State>) {
    let (mut losses, mut reconnections) = (client.error_rx(), client.reconnect_rx());
    let (mut was_up, mut told) = (false, String::new());
    loop {
        // Whatever was heard until here, the subscription that follows heals. What is heard later asks for another.
        let loss = newest(&mut losses);
        newest(&mut reconnections);
        if let Err(error) = subscribe(client).await {
            // A command that was not even sent says less than fred's own attempts to connect.
            let reason = loss
                .map(|(loss, _)| loss)
                .or_else(|| (!error.is_canceled()).then_some(error));
            if let Some(reason) = reason
                .map(|reason| reason.to_string())
                .filter(|reason| *reason != told)
            {
                tracing::warn!(reason, "not subscribed to Redis Pub/Sub; trying on");
                told = reason;
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
        tracing::info!("subscribed to Redis Pub/Sub");
        state.send_replace(State::Up);

        let reason = tokio::select! {
            loss = losses.recv() => loss.map_or_else(|lagged| lagged.to_string(), |(loss, _)| loss.to_string()),
            _ = reconnections.recv() => "reconnected".to_owned(),
            error = watch_over(client) => error.to_string(),
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

/// Returns once Redis has confirmed that both subscriptions stand.
async fn subscribe(client: &Client) -> Result<(), Error> {
    // fred answers as soon as the command is written.
    with_limits(client).subscribe(CHANNELS.to_vec()).await?;
    confirm(client).await
}

/// Asks now and then whether the subscriptions stand; returns when they don't, or nobody answers.
async fn watch_over(client: &Client) -> Error {
    loop {
        sleep(HEARTBEAT).await;
        if let Err(error) = confirm(client).await {
            return error;
        }
    }
}

/// The question goes the way of the subscription, to the same node of a cluster, and is answered after it.
async fn confirm(client: &Client) -> Result<(), Error> {
    let listeners: HashMap<String, u64> = with_limits(client).pubsub_numsub(CHANNELS.to_vec()).await?;
    match CHANNELS
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
