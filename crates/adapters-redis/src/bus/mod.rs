//! Messages on Redis Pub/Sub: from robots to servers, and between servers.

mod announcements;
mod backlog;
mod config;
mod feed;
mod link;

use std::sync::Arc;

use application::{
    Result,
    ports::{Clock, FeedEvent, TelemetryBus},
    telemetry::{Channel, Report},
};
use async_trait::async_trait;
use deadpool_redis::redis::cmd;
use fred::{interfaces::EventInterface, types::config::Config};
use futures::stream::BoxStream;
use tokio_util::task::AbortOnDropHandle;

pub use announcements::RedisEventBus;
pub(crate) use config::config;

use crate::{error::unavailable, pool::CommandPool, wire};

/// Channels on which robots publish.
const CHANNELS: link::Channels = &[Channel::Position.as_str(), Channel::State.as_str()];

/// Maximum number of messages that wait between the connection and the backlog. If there are more, the oldest are
/// dropped and counted.
const WAITING_MESSAGES: usize = 32_768;

/// Telemetry bus that subscribes through fred and publishes through the command pool.
///
/// Every subscriber has its own connection, which is established and re-established in the background. If Redis is
/// unavailable, the subscription still succeeds, and its feed is down.
pub struct FredTelemetryBus {
    config: Config,
    pool: CommandPool,
    clock: Arc<dyn Clock>,
    max_message_bytes: usize,
}

impl FredTelemetryBus {
    pub(crate) fn new(
        config: Config,
        pool: CommandPool,
        clock: Arc<dyn Clock>,
        max_message_bytes: usize,
    ) -> Self {
        Self {
            config,
            pool,
            clock,
            max_message_bytes,
        }
    }
}

#[async_trait]
impl TelemetryBus for FredTelemetryBus {
    fn subscribe(&self) -> BoxStream<'static, FeedEvent> {
        let client = link::client(&self.config, WAITING_MESSAGES);
        let messages = client.message_rx();
        let (state, link) = tokio::sync::watch::channel(link::State::Trying);
        let keeper = AbortOnDropHandle::new(tokio::spawn(link::keep(client, CHANNELS, state)));
        feed::Feed::new(
            messages,
            link,
            keeper,
            Arc::clone(&self.clock),
            self.max_message_bytes,
        )
        .into_stream()
    }

    async fn publish(&self, reports: &[Report]) -> Result<()> {
        for &channel in Channel::ALL {
            let of_channel = reports.iter().filter(|report| report.channel() == channel);
            let commands = of_channel.map(|report| {
                let mut publish = cmd("PUBLISH");
                publish.arg(channel.as_str()).arg(wire::encode(report));
                publish
            });
            let answers = self.pool.in_order(commands.collect()).await?;
            answers
                .into_iter()
                .try_for_each(|answer| answer.map(drop))
                .map_err(unavailable)?;
        }
        Ok(())
    }
}
