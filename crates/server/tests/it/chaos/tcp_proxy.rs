//! A TCP proxy that behaves like a faulty network. It works on streams: a lost packet is a pause until it is sent
//! again, as it would be for the programs at both ends.

use std::{pin::pin, time::Duration};

use rand::Rng as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp},
    sync::watch,
    task::JoinHandle,
    time::sleep,
};

/// Latency of a poor network in each direction.
const LATENCY: Duration = Duration::from_millis(40);

/// Share of chunks in a poor network that are lost, and sent again.
const LOSS: f64 = 0.02;

/// Time until a lost chunk is sent again, in milliseconds.
const RETRANSMISSION_MS: std::ops::Range<u64> = 200..900;

/// Condition of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    Clear,
    /// Connections are cut, and new ones are cut at once.
    Down,
    /// Nothing arrives until the network is clear again. Then everything does, because both ends send it again.
    Partitioned,
    /// Everything arrives late, and some of it much later.
    Poor,
}

#[derive(Debug, Clone, Copy)]
struct Network {
    condition: Condition,
    /// Connections of an earlier generation are half-open: both ends consider them open, but nothing is forwarded.
    generation: u64,
}

/// A proxy in front of a server. Dropping it cuts all connections.
#[derive(Debug)]
pub(super) struct TcpProxy {
    port: u16,
    network: watch::Sender<Network>,
    accepting: JoinHandle<()>,
}

impl Drop for TcpProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl TcpProxy {
    /// Starts a proxy in front of a port on 127.0.0.1.
    pub(super) async fn before(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        let (network, state) = watch::channel(Network {
            condition: Condition::Clear,
            generation: 0,
        });
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, target, state.clone()));
            }
        });
        Self {
            port,
            network,
            accepting,
        }
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn set(&self, condition: Condition) {
        self.network.send_modify(|network| network.condition = condition);
    }

    /// Makes all existing connections half-open. New ones work.
    pub(super) fn forget_connections(&self) {
        self.network.send_modify(|network| network.generation += 1);
    }
}

/// Way in which the network ends a connection.
enum Fate {
    Cut,
    HalfOpen,
}

/// Forwards a connection until one of its ends closes it, or the network ends it.
async fn serve(client: TcpStream, target: u16, mut network: watch::Receiver<Network>) {
    let generation = network.borrow().generation;
    let mut forwarding = pin!(forward(client, target, network.clone()));
    let fate = tokio::select! {
        biased;
        fate = fate_of(generation, network.clone()) => fate,
        () = &mut forwarding => return,
    };
    if let Fate::HalfOpen = fate {
        // The sockets stay open, but are no longer read, until the proxy is dropped.
        while network.changed().await.is_ok() {}
    }
}

/// Waits until the network ends a connection. Cancel-safe.
async fn fate_of(generation: u64, mut network: watch::Receiver<Network>) -> Fate {
    let ends = |network: &Network| network.condition == Condition::Down || network.generation != generation;
    match network.wait_for(ends).await {
        Ok(network) if network.generation != generation => Fate::HalfOpen,
        Ok(_) | Err(_) => Fate::Cut,
    }
}

async fn forward(client: TcpStream, target: u16, network: watch::Receiver<Network>) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", target)).await else {
        return;
    };
    for stream in [&client, &server] {
        if stream.set_nodelay(true).is_err() {
            return;
        }
    }
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    // Either end closes both directions, as the stores and their clients do.
    tokio::select! {
        () = pump(from_client, to_server, network.clone()) => {}
        () = pump(from_server, to_client, network) => {}
    }
}

/// Forwards one direction until its end.
async fn pump(
    mut from: tcp::OwnedReadHalf,
    mut to: tcp::OwnedWriteHalf,
    mut network: watch::Receiver<Network>,
) {
    let mut chunk = vec![0; 16 * 1024];
    loop {
        let length = match from.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(length) => length,
        };
        let arrives = |network: &Network| network.condition != Condition::Partitioned;
        let condition = match network.wait_for(arrives).await {
            Ok(network) => network.condition,
            Err(_) => return,
        };
        if condition == Condition::Poor {
            sleep(delay()).await;
        }
        if to.write_all(&chunk[..length]).await.is_err() {
            return;
        }
    }
}

/// Returns the time that a chunk takes in a poor network.
fn delay() -> Duration {
    let mut random = rand::rng();
    match random.random_bool(LOSS) {
        true => LATENCY + Duration::from_millis(random.random_range(RETRANSMISSION_MS)),
        false => LATENCY,
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_millis(200);
    const PATIENCE: Duration = Duration::from_secs(20);

    /// Starts a server that returns everything that it receives.
    async fn echo() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        port
    }

    async fn connect(proxy: &TcpProxy) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", proxy.port())).await;
        stream.expect("the proxy accepts connections")
    }

    /// Sends a byte and returns the answer, which must arrive within a time limit; `None` at the end of the connection.
    async fn answer(stream: &mut TcpStream, within: Duration) -> Result<Option<u8>, ()> {
        // The connection may have been reset.
        if stream.write_all(&[7]).await.is_err() {
            return Ok(None);
        }
        match timeout(within, stream.read_u8()).await {
            Ok(byte) => Ok(byte.ok()),
            Err(_) => Err(()),
        }
    }

    #[tokio::test]
    async fn a_partition_delays_everything_and_loses_nothing() {
        let proxy = TcpProxy::before(echo().await).await;
        let mut stream = connect(&proxy).await;
        assert_eq!(answer(&mut stream, PATIENCE).await, Ok(Some(7)));
        proxy.set(Condition::Partitioned);
        assert_eq!(answer(&mut stream, SOON).await, Err(()));
        proxy.set(Condition::Clear);
        let byte = timeout(PATIENCE, stream.read_u8()).await.expect("an answer");
        assert_eq!(byte.ok(), Some(7));
        proxy.set(Condition::Poor);
        assert_eq!(answer(&mut stream, PATIENCE).await, Ok(Some(7)));
    }

    #[tokio::test]
    async fn a_network_that_is_down_cuts_connections() {
        let proxy = TcpProxy::before(echo().await).await;
        let mut stream = connect(&proxy).await;
        assert_eq!(answer(&mut stream, PATIENCE).await, Ok(Some(7)));
        proxy.set(Condition::Down);
        assert_eq!(answer(&mut stream, PATIENCE).await, Ok(None));
        assert_eq!(answer(&mut connect(&proxy).await, PATIENCE).await, Ok(None));
        proxy.set(Condition::Clear);
        assert_eq!(answer(&mut connect(&proxy).await, PATIENCE).await, Ok(Some(7)));
    }

    #[tokio::test]
    async fn forgotten_connections_stay_open_and_silent() {
        let proxy = TcpProxy::before(echo().await).await;
        let mut stream = connect(&proxy).await;
        assert_eq!(answer(&mut stream, PATIENCE).await, Ok(Some(7)));
        proxy.forget_connections();
        assert_eq!(answer(&mut stream, SOON).await, Err(()));
        assert_eq!(answer(&mut connect(&proxy).await, PATIENCE).await, Ok(Some(7)));
        assert_eq!(answer(&mut stream, SOON).await, Err(()));
    }
}
