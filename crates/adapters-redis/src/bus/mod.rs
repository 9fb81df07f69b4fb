//! Messages on Redis Pub/Sub: from robots to servers, and between servers.

mod announcements;
mod backlog;
mod canaries;
mod channels;
mod config;
mod decoders;
mod feed;
mod inbox;
mod link;
mod subscription;

use std::{num::NonZero, sync::Arc};

use application::{
    Result,
    ports::{Canary, Clock, FeedEvent, TelemetryBus},
    telemetry::{Channel, Inbound, Report},
};
use async_trait::async_trait;
use bytes::Bytes;
use channels::Channels;
use deadpool_redis::redis::{Cmd, RedisError, cmd};
use fred::types::config::Config;
use futures::stream::BoxStream;
use inbox::Inbox;
use subscription::{State, Subscription};
use tokio_util::task::AbortOnDropHandle;

pub use announcements::RedisEventBus;
pub(crate) use config::config;

use crate::{error::from_redis, pool::CommandPool, topology::Topology, wire};

/// Number of messages that may wait between the connections and the backlog. It is divided among the connections. If
/// the queue of a connection overflows, its oldest messages are dropped and counted.
const WAITING_MESSAGES: usize = 32_768;

/// Telemetry bus that subscribes through fred and publishes through the command pool.
///
/// Every subscriber has its own connections, which are established and re-established in the background. If Redis is
/// unavailable, the subscription still succeeds, and its feed is down.
pub struct FredTelemetryBus {
    config: Config,
    topology: Arc<Topology>,
    pool: CommandPool,
    /// Number of shards of each channel; 1 for plain channels.
    shards: NonZero<u16>,
    /// Channels of the robots and of this object's canaries.
    channels: Channels,
    clock: Arc<dyn Clock>,
    max_message_bytes: usize,
    /// Number of threads of each subscriber that help to decode messages.
    decoder_threads: usize,
}

impl FredTelemetryBus {
    pub(crate) fn new(
        config: Config,
        topology: Arc<Topology>,
        pool: CommandPool,
        shards: NonZero<u16>,
        clock: Arc<dyn Clock>,
        max_message_bytes: usize,
    ) -> Self {
        Self {
            config,
            topology,
            pool,
            shards,
            channels: Channels::of_robots(shards).with_canaries(canaries::new_channel()),
            clock,
            max_message_bytes,
            decoder_threads: 0,
        }
    }

    /// Sets the number of threads that each subscriber starts to decode messages while many are waiting. Without any,
    /// which is the default, subscribers decode all messages themselves.
    #[must_use]
    pub fn with_decoder_threads(self, decoder_threads: usize) -> Self {
        Self {
            decoder_threads,
            ..self
        }
    }

    /// Returns the command that publishes a report: on the shard of its vehicle if there are several shards.
    fn command(&self, report: &Report) -> Cmd {
        let (channel, payload) = (report.channel(), wire::encode(report));
        let mut command;
        if self.shards.get() == 1 {
            command = cmd("PUBLISH");
            command.arg(channel.as_str());
        } else {
            command = cmd("SPUBLISH");
            let shard = channels::shard_of(report.vehicle_id, self.shards);
            command.arg(channels::sharded(channel, shard));
        }
        command.arg(payload);
        command
    }
}

#[async_trait]
impl TelemetryBus for FredTelemetryBus {
    fn subscribe(&self) -> BoxStream<'static, FeedEvent> {
        let (connections, messages) = Inbox::new();
        let (state, link) = tokio::sync::watch::channel(State::Trying);
        let subscription = Subscription::new(
            self.config.clone(),
            Arc::clone(&self.topology),
            self.channels.clone(),
            WAITING_MESSAGES,
            connections,
            state,
        );
        let keeper = AbortOnDropHandle::new(tokio::spawn(subscription.keep()));
        feed::Feed::new(
            messages,
            link,
            keeper,
            Arc::clone(&self.clock),
            self.max_message_bytes,
            self.decoder_threads,
        )
        .into_stream()
    }

    async fn publish(&self, reports: &[Report]) -> Result<()> {
        let answers = self
            .pool
            .each(reports.iter().map(|report| self.command(report)).collect())
            .await?;
        answers
            .into_iter()
            .try_for_each(|answer| answer.map(drop))
            .map_err(refused)
    }

    async fn release_canaries(&self, number: u64) -> Result<u16> {
        let layout = self.topology.layout().await?;
        let (mut commands, mut routes) = (Vec::new(), 0);
        for (name, channel) in self.channels.routes(&layout) {
            let route = routes;
            routes += 1;
            let mut publish = cmd(name);
            publish
                .arg(channel)
                .arg(canaries::encode(Canary { number, route }));
            commands.push(publish);
        }
        let answers = self.pool.each(commands).await?;
        answers
            .into_iter()
            .try_for_each(|answer| answer.map(drop))
            .map_err(refused)?;
        Ok(routes)
    }

    fn messaging_system(&self) -> &'static str {
        "redis"
    }

    fn decode(&self, channel: Channel, payload: Bytes) -> Option<Inbound> {
        Some(wire::decode(
            channel,
            payload,
            self.clock.now(),
            self.max_message_bytes,
        ))
    }
}

/// Converts the error of a rejected message. If Redis is too old for sharded channels, the error names the setting.
fn refused(error: RedisError) -> application::Error {
    let text = error.to_string().to_ascii_lowercase();
    if text.contains("unknown command") && text.contains("spublish") {
        return application::Error::unavailable("redis", NoShards);
    }
    from_redis(error)
}

/// Cause of an error: Redis is too old for sharded channels.
#[derive(Debug, thiserror::Error)]
#[error("REDIS__CHANNEL_SHARDS is greater than 1, but sharded channels require Redis 7 or newer")]
struct NoShards;
