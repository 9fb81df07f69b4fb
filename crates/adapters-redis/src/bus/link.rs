//! A connection that listens, kept alive.

use std::{collections::HashMap, time::Duration};

use application::telemetry::Channel;
use fred::{
    clients::{Client, WithOptions},
    error::Error,
    interfaces::{ClientLike, EventInterface, PubsubInterface},
    types::config::Options,
};
use tokio::{sync::watch, time::sleep};
use tokio_util::task::AbortOnDropHandle;

/// How long Redis may leave a question unanswered before the connection is given up.
pub(super) const SILENCE: Duration = Duration::from_secs(2);
/// How often it is asked.
const HEARTBEAT: Duration = Duration::from_secs(1);
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
    let mut was_up = false;
    loop {
        // Whatever was told until here, the subscription that follows heals. What is told later asks for another.
        (losses, reconnections) = (losses.resubscribe(), reconnections.resubscribe());
        if let Err(error) = subscribe(client).await {
            tracing::debug!(%error, "not subscribed to Redis Pub/Sub yet");
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
        was_up = true;
        tracing::info!("subscribed to Redis Pub/Sub");
        state.send_replace(State::Up);

        let reason = tokio::select! {
            loss = losses.recv() => format!("{loss:?}"),
            server = reconnections.recv() => format!("reconnected to {server:?}"),
            error = watch_over(client) => error.to_string(),
        };
        tracing::warn!(reason, "the connection to Redis Pub/Sub was lost");
        state.send_replace(State::Down);
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
        timeout: Some(SILENCE),
        fail_fast: true,
        ..Options::default()
    })
}
