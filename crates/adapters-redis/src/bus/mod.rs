//! The bus between robots and servers, on Redis Pub/Sub.

mod feed;
mod link;

use std::{sync::Arc, time::Duration};

use application::{
    Result,
    ports::{Clock, FeedEvent, TelemetryBus},
    telemetry::{Channel, Report},
};
use async_trait::async_trait;
use deadpool_redis::redis::cmd;
use fred::{
    clients::Client,
    interfaces::EventInterface,
    types::{
        RespVersion,
        config::{Config, ConnectionConfig, PerformanceConfig, ReconnectPolicy, UnresponsiveConfig},
    },
};
use futures::stream::BoxStream;
use tokio_util::task::AbortOnDropHandle;

use crate::{error::unavailable, pool::CommandPool, wire};

/// How many messages wait between the connection and whoever takes them; the oldest make room, and are counted. At
/// 10,000 messages a second this is three seconds.
const WAITING_MESSAGES: usize = 32_768;

/// Listens through fred, which reconnects by itself, and publishes through the pool of connections for commands.
///
/// Every subscriber has a connection of its own. It is made, and made again, in the background: a Redis that is away is
/// no error here, it is a feed that is not up.
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

    fn client(&self) -> Client {
        let config = Config {
            // RESP3 takes other commands on a connection that listens: that is how a dead one is noticed.
            version: RespVersion::RESP3,
            // A first connection that fails is tried again like any other.
            fail_fast: false,
            ..self.config.clone()
        };
        let performance = PerformanceConfig {
            broadcast_channel_capacity: WAITING_MESSAGES,
            ..PerformanceConfig::default()
        };
        let connection = ConnectionConfig {
            connection_timeout: Duration::from_secs(1),
            internal_command_timeout: Duration::from_secs(1),
            unresponsive: UnresponsiveConfig {
                max_timeout: Some(link::SILENCE),
                interval: link::SILENCE / 4,
            },
            ..ConnectionConfig::default()
        };
        // Without end, 50 ms doubling up to 500 ms, with fred's own jitter of up to 50 ms on top while below that.
        let policy = ReconnectPolicy::new_exponential(0, 50, 500, 2);
        Client::new(config, Some(performance), Some(connection), Some(policy))
    }
}

#[async_trait]
impl TelemetryBus for FredTelemetryBus {
    fn subscribe(&self) -> BoxStream<'static, FeedEvent> {
        let client = self.client();
        let messages = client.message_rx();
        let (state, link) = tokio::sync::watch::channel(link::State::Down);
        let keeper = AbortOnDropHandle::new(tokio::spawn(link::keep(client, state)));
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
        for channel in [Channel::Position, Channel::State] {
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
