//! Robots that publish numbered positions, directly to Redis.

use std::time::Duration;

use deadpool_redis::redis::{
    AsyncCommands as _, AsyncConnectionConfig, Client, RedisResult, aio::MultiplexedConnection,
};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::{history::Publication, recorder::Recorder};
use crate::end_to_end::support::position;

/// Time between two positions of a robot.
const PERIOD: Duration = Duration::from_millis(100);

/// Time limit for connecting to Redis, and for each of its answers.
const PATIENCE: Duration = Duration::from_secs(1);

/// Distance between two positions, in metres. It makes the number of a position readable from its coordinate.
const STEP: f64 = 0.01;

/// Returns the number of the position at `x`.
pub(super) fn number_at(x: f64) -> u64 {
    (x / STEP).round() as u64
}

/// Robots that publish the positions of a number of vehicles.
pub(super) struct Robots {
    url: String,
    vehicles: Vec<String>,
    recorder: Recorder,
    /// Number of the latest position, which is the same for all robots.
    number: u64,
    connection: Option<MultiplexedConnection>,
}

impl Robots {
    pub(super) fn new(url: String, vehicles: Vec<String>, recorder: Recorder) -> Self {
        Self {
            url,
            vehicles,
            recorder,
            number: 0,
            connection: None,
        }
    }

    /// Publishes until `end`, and then until Redis has confirmed a last position for every robot.
    pub(super) async fn run(mut self, end: CancellationToken) {
        let mut period = interval(PERIOD);
        period.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            period.tick().await;
            let is_over = end.is_cancelled();
            match self.publish_all().await {
                Ok(()) if is_over => return,
                Ok(()) => {}
                Err(_) => sleep(PERIOD).await,
            }
        }
    }

    async fn publish_all(&mut self) -> RedisResult<()> {
        // A connection that has failed is not used again.
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(&self.url).await?,
        };
        self.number += 1;
        for vehicle in &self.vehicles {
            let message = position(vehicle, self.number as f64 * STEP).to_string();
            let publication = Publication {
                vehicle: vehicle.clone(),
                number: self.number,
                at: self.recorder.now(),
                is_acknowledged: false,
            };
            let index = self.recorder.with(|history| {
                history.publications.push(publication);
                history.publications.len() - 1
            });
            let _: i64 = connection.publish("vehicle:position:update", message).await?;
            self.recorder
                .with(|history| history.publications[index].is_acknowledged = true);
        }
        self.connection = Some(connection);
        Ok(())
    }
}

async fn connect(url: &str) -> RedisResult<MultiplexedConnection> {
    let limits = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(PATIENCE));
    Client::open(url)?
        .get_multiplexed_async_connection_with_config(&limits)
        .await
}

#[test]
fn coordinates_have_the_numbers_of_their_positions() {
    for number in 1..10_000 {
        assert_eq!(number_at(number as f64 * STEP), number);
    }
}
