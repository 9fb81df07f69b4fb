//! A peer in its own process, on free ports.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{anyhow, bail};
use test_stores::redis::RedisServer;
use tokio::{net::TcpStream, time::sleep};

use super::{Installation, Peer, configuration};
use crate::{
    process::{OwnProcess, allow_sockets},
    protocols::Feed,
    target::{Endpoint, Launched, Target, last_words, local, log_in, ports::free_ports, redis},
};

const PATIENCE: Duration = Duration::from_secs(15);

/// Ports of a peer.
#[derive(Debug, Clone, Copy)]
struct Ports {
    subscribers: u16,
    publishers: u16,
}

/// Starts a peer, and waits until it accepts connections.
///
/// # Errors
/// Fails if the peer is not installed, or does not start.
pub(in crate::target) async fn launch(peer: Peer, installation: &Installation) -> anyhow::Result<Target> {
    installation
        .versions(peer)
        .map_err(|reason| anyhow!("{} is not installed: {reason}", peer.title()))?;
    // The peer inherits the limit on open files.
    allow_sockets(0)?;
    let directory = tempfile::tempdir()?;
    let [subscribers, publishers] = free_ports()?;
    let redis = match peer {
        Peer::SocketIo => Some(redis().await?),
        Peer::Nchan | Peer::Mosquitto | Peer::Nats => None,
    };
    let ports = Ports {
        subscribers,
        publishers: match (&redis, peer) {
            (Some(redis), _) => redis.port(),
            (None, Peer::Nchan) => subscribers,
            (None, _) => publishers,
        },
    };
    let mut command = command(peer, installation, directory.path(), ports, redis.as_ref())?;
    let mut process = OwnProcess::start(&mut command, &log_in(&directory))?;
    let began = Instant::now();
    for address in [local(ports.subscribers), local(ports.publishers)] {
        while !accepts(address).await {
            if process.ended()?.is_some() || began.elapsed() > PATIENCE {
                bail!("{} did not start:\n{}", peer.title(), last_words(&directory));
            }
            sleep(Duration::from_millis(10)).await;
        }
    }
    Ok(Target {
        endpoint: Endpoint::open(local(ports.subscribers), peer.protocol()),
        feed: Feed {
            address: local(ports.publishers),
            publication: peer.publication(),
        },
        process: Some(process.id()),
        has_registry: false,
        launched: Some(Launched {
            process,
            is_graceful: false,
            _redis: redis,
            _database: None,
            directory,
        }),
    })
}

async fn accepts(address: SocketAddr) -> bool {
    TcpStream::connect(address).await.is_ok()
}

/// Writes the peer's configuration, and returns the command that starts it.
fn command(
    peer: Peer,
    installation: &Installation,
    directory: &Path,
    ports: Ports,
    redis: Option<&RedisServer>,
) -> anyhow::Result<Command> {
    let Ports {
        subscribers,
        publishers,
    } = ports;
    let file = directory.join("configuration");
    let command = match peer {
        Peer::SocketIo => {
            let mut node = Command::new("node");
            node.arg(installation.file("socket-io/server.mjs"))
                .arg(subscribers.to_string())
                .args(redis.map(RedisServer::url))
                .env("NODE_ENV", "production");
            node
        }
        Peer::Nchan => {
            let module = installation.file("ngx_nchan_module.so");
            fs::write(&file, configuration::nginx(&module, subscribers))?;
            let mut nginx = Command::new(installation.file("nginx"));
            nginx.arg("-p").arg(directory).arg("-c").arg(&file);
            nginx
        }
        Peer::Mosquitto => {
            fs::write(&file, configuration::mosquitto(publishers, subscribers))?;
            let mut mosquitto = Command::new(installation.file("mosquitto"));
            mosquitto.arg("-c").arg(&file);
            mosquitto
        }
        Peer::Nats => {
            fs::write(&file, configuration::nats(publishers, subscribers))?;
            let mut nats = Command::new(installation.file("nats-server"));
            nats.arg("--config").arg(&file);
            nats
        }
    };
    Ok(command)
}
