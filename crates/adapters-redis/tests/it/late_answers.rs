//! The bus while answers from Redis to its checks are late.

use std::time::Duration;

use application::ports::{FeedEvent, TelemetryBus as _};
use futures::FutureExt as _;
use port_contracts::telemetry_bus::{a_feed, messages, next};
use test_stores::redis::RedisServer;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{sleep, timeout},
};

use crate::{
    DEADLINE,
    bus::{MAX_BYTES, a_report},
    noon, redis_at,
};

/// A proxy for a Redis server that can hold back the commands of subscribers, which still receive messages.
struct Gate {
    port: u16,
    is_closed: watch::Sender<bool>,
    /// Number of commands that were held back.
    held: watch::Receiver<u32>,
}

impl Gate {
    async fn before(server: &RedisServer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        let (is_closed, state) = watch::channel(false);
        let (count, held) = watch::channel(0);
        let to = server.port();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", to)).await.expect("Redis is up");
                tokio::spawn(relay(client, server, state.clone(), count.clone()));
            }
        });
        Self {
            port,
            is_closed,
            held,
        }
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Closes the gate, and waits until it holds a command.
    async fn close(&mut self) {
        self.is_closed.send_replace(true);
        let holding = self.held.wait_for(|held| *held > 0);
        let holding = timeout(DEADLINE, holding)
            .await
            .expect("a subscriber sends checks");
        holding.expect("the proxy runs");
    }

    fn open(&self) {
        self.is_closed.send_replace(false);
    }

    fn held(&self) -> u32 {
        *self.held.borrow()
    }
}

async fn relay(
    client: TcpStream,
    server: TcpStream,
    mut is_closed: watch::Receiver<bool>,
    held: watch::Sender<u32>,
) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let answers = tokio::io::copy(&mut from_server, &mut to_client);
    let commands = async {
        let (mut waiting, mut is_subscriber) = (Vec::<u8>::new(), false);
        loop {
            // Both branches are cancel-safe.
            let has_read = tokio::select! {
                read = from_client.read_buf(&mut waiting) => match read {
                    Ok(0) | Err(_) => break,
                    Ok(_) => true,
                },
                changed = is_closed.changed() => match changed {
                    Ok(()) => false,
                    Err(_) => break,
                },
            };
            is_subscriber |= waiting.windows(9).any(|word| word == b"SUBSCRIBE");
            if is_subscriber && *is_closed.borrow() {
                held.send_modify(|held| *held += u32::from(has_read));
            } else if to_server.write_all(&waiting).await.is_ok() {
                waiting.clear();
            } else {
                break;
            }
        }
    };
    tokio::select! {
        _ = answers => {}
        () = commands => {}
    }
}

#[tokio::test]
async fn a_feed_whose_checks_are_answered_late_stays_up_while_messages_arrive() {
    let server = RedisServer::start();
    let mut gate = Gate::before(&server).await;
    let bus = redis_at(&gate.url()).telemetry_bus(noon(), MAX_BYTES);
    let mut feed = a_feed(&bus).await;
    gate.close().await;
    let busy = async {
        // Another check is only made when the previous one has been given up.
        while gate.held() < 2 {
            bus.publish(&[a_report()]).await.expect("Redis is up");
            // Fails if the feed is reported to be down.
            messages(&mut feed, 1).await;
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(DEADLINE, busy).await.expect("the check is repeated");
    gate.open();
    bus.publish(&[a_report()]).await.expect("Redis is up");
    messages(&mut feed, 1).await;
    assert!(next(&mut feed).now_or_never().is_none());
}

#[tokio::test]
async fn a_connection_that_falls_silent_while_an_answer_is_due_counts_as_lost() {
    let server = RedisServer::start();
    let mut gate = Gate::before(&server).await;
    let bus = redis_at(&gate.url()).telemetry_bus(noon(), MAX_BYTES);
    let mut feed = a_feed(&bus).await;
    gate.close().await;
    // After this message, fred no longer watches for silence until the next command.
    bus.publish(&[a_report()]).await.expect("Redis is up");
    messages(&mut feed, 1).await;
    assert!(matches!(next(&mut feed).await, FeedEvent::Down));
    gate.open();
    assert!(matches!(next(&mut feed).await, FeedEvent::Up));
    bus.publish(&[a_report()]).await.expect("Redis is up");
    messages(&mut feed, 1).await;
}
