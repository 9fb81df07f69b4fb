//! The baseline: the minimum that a server in this stack can do. It receives messages from Redis Pub/Sub through fred
//! and extracts only the vehicle's id. Once per interval, it sends each vehicle's newest message unchanged to the
//! sockets that subscribe to the vehicle. It has no registry, checks, state or snapshots. Frames for slow sockets are
//! dropped.

mod rooms;
mod socket;
mod vehicle_id;

use std::{collections::HashMap, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use actix_web::{App, HttpServer, web};
use anyhow::Context as _;
use bytes::Bytes;
use fred::{
    interfaces::{ClientLike as _, EventInterface as _, PubsubInterface as _},
    types::{Builder, config::Config},
};
use tokio::{
    sync::broadcast::error::RecvError,
    time::{MissedTickBehavior, interval},
};

use rooms::Rooms;
use vehicle_id::id_in;

const CHANNEL: &str = "vehicle:position:update";

/// Maximum number of messages that wait for the forwarder.
const WAITING: usize = 16_384;

/// Serves until the process is asked to stop. Writes its port to a file once it is listening.
///
/// # Errors
/// Fails if it can't listen, or can't connect to Redis.
pub(crate) async fn run(redis: &str, pause: Duration, port_file: &Path) -> anyhow::Result<()> {
    let rooms = Arc::new(Rooms::default());
    let shared = web::Data::from(Arc::clone(&rooms));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .route("/ws", web::get().to(socket::open))
    })
    .bind(("127.0.0.1", 0))
    .context("no port to listen on")?;
    let address: SocketAddr = server
        .addrs()
        .first()
        .copied()
        .context("no address to listen on")?;
    let forwarding = tokio::spawn(forward(subscribe(redis).await?, rooms, pause));
    std::fs::write(port_file, address.port().to_string())?;
    let outcome = server.shutdown_timeout(1).run().await;
    forwarding.abort();
    Ok(outcome?)
}

type Messages = tokio::sync::broadcast::Receiver<fred::types::Message>;

async fn subscribe(redis: &str) -> anyhow::Result<(fred::clients::SubscriberClient, Messages)> {
    let client = Builder::from_config(Config::from_url(redis)?)
        .with_performance_config(|performance| performance.broadcast_channel_capacity = WAITING)
        .build_subscriber_client()?;
    let messages = client.message_rx();
    client.init().await.context("no connection to Redis")?;
    client.subscribe(CHANNEL).await?;
    Ok((client, messages))
}

async fn forward(
    (_client, mut messages): (fred::clients::SubscriberClient, Messages),
    rooms: Arc<Rooms>,
    pause: Duration,
) {
    let mut newest: HashMap<[u8; 36], Bytes> = HashMap::new();
    let mut beat = interval(pause);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        // Both branches are cancel-safe: a message that was not returned stays in the channel.
        tokio::select! {
            message = messages.recv() => match message {
                Ok(message) => {
                    let payload = message.value.into_bytes().unwrap_or_default();
                    if let Some(id) = id_in(&payload) {
                        newest.insert(id, payload);
                    }
                }
                Err(RecvError::Lagged(missed)) => eprintln!("{missed} messages were missed"),
                Err(RecvError::Closed) => return,
            },
            _ = beat.tick() => if !newest.is_empty() {
                rooms.send(&newest);
                newest.clear();
            },
        }
    }
}
