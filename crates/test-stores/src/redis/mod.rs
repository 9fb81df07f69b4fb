//! Private Redis servers, which tests start on free ports, without persistence. A server stops with its test, no matter
//! how the test ends.

mod cluster;
mod process;
mod service;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

pub use cluster::{RedisCluster, slot_of};
use deadpool_redis::redis::{AsyncConnectionConfig, Client, aio::MultiplexedConnection};
use process::{DEADLINE, Process, Started};
pub use service::SentinelService;

use crate::ports::free_port;

/// Number of attempts to start on a free port, because another process may take the port first.
const ATTEMPTS: usize = 20;
/// Ports below the range that Linux uses for outgoing connections, so that no connection gets the port of a stopped
/// server. A client that reconnects to such a port could even connect to itself.
const PORTS: std::ops::Range<u16> = 15_000..22_000;
/// Offset from a cluster node's port to its cluster bus port.
const CLUSTER_BUS_OFFSET: u16 = 10_000;

#[derive(Debug)]
pub struct RedisServer {
    process: Option<Process>,
    kind: Kind,
    port: u16,
    /// Additional command-line arguments.
    arguments: Vec<String>,
    is_paused: AtomicBool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Standalone,
    /// A cluster of one node.
    LoneClusterNode,
    /// A node that is yet to join a cluster.
    ClusterNode,
    Sentinel {
        configuration: String,
    },
}

impl RedisServer {
    /// Starts a standalone server.
    ///
    /// # Panics
    /// Panics if `redis-server` is not installed, or does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::start_kind(Kind::Standalone, &[])
    }

    /// Starts a standalone server with additional arguments, such as `--maxmemory`.
    ///
    /// # Panics
    /// Panics if `redis-server` is not installed, or does not start.
    #[must_use]
    pub fn start_with(arguments: &[&str]) -> Self {
        Self::start_kind(Kind::Standalone, arguments)
    }

    /// Starts a read-only replica of `self`.
    ///
    /// # Panics
    /// Panics if the replica does not start.
    #[must_use]
    pub fn start_replica(&self) -> Self {
        Self::start_with(&["--replicaof", "127.0.0.1", &self.port.to_string()])
    }

    /// Starts a Redis Cluster of one node that owns all slots.
    ///
    /// # Panics
    /// Panics if `redis-server` is not installed, or does not start.
    #[must_use]
    pub fn start_cluster() -> Self {
        Self::start_cluster_at("127.0.0.1")
    }

    /// Starts a Redis Cluster like [`RedisServer::start_cluster`], whose node announces this address.
    ///
    /// # Panics
    /// Panics if `redis-server` is not installed, or does not start.
    #[must_use]
    pub fn start_cluster_at(address: &str) -> Self {
        Self::start_kind(Kind::LoneClusterNode, &["--cluster-announce-ip", address])
    }

    /// Starts a sentinel that monitors `self` under the name `mymaster`.
    ///
    /// # Panics
    /// Panics if the sentinel does not start.
    #[must_use]
    pub fn start_sentinel(&self) -> Self {
        let configuration = format!("sentinel monitor mymaster 127.0.0.1 {} 1\n", self.port);
        Self::start_kind(Kind::Sentinel { configuration }, &[])
    }

    fn start_kind(kind: Kind, arguments: &[&str]) -> Self {
        for _ in 0..ATTEMPTS {
            let port = free_port(PORTS);
            if let Started::Running(process) = launch(&kind, port, arguments) {
                return Self {
                    process: Some(process),
                    kind,
                    port,
                    arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
                    is_paused: AtomicBool::new(false),
                };
            }
        }
        panic!("no free port for a Redis server in {PORTS:?} after {ATTEMPTS} attempts");
    }

    /// Returns the server's URL, in the form for a standalone server, a cluster or a sentinel.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.kind {
            Kind::Standalone => format!("redis://127.0.0.1:{}", self.port),
            Kind::LoneClusterNode | Kind::ClusterNode => format!("redis-cluster://127.0.0.1:{}", self.port),
            Kind::Sentinel { .. } => {
                format!(
                    "redis-sentinel://127.0.0.1:{}?sentinelServiceName=mymaster",
                    self.port
                )
            }
        }
    }

    /// Returns the port on 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Opens a connection for use by the test itself.
    ///
    /// # Panics
    /// Panics if the server is not running.
    pub async fn connection(&self) -> MultiplexedConnection {
        let client = Client::open(format!("redis://127.0.0.1:{}", self.port)).expect("a Redis URL");
        let patient = AsyncConnectionConfig::new().set_response_timeout(Some(DEADLINE));
        let connection = client
            .get_multiplexed_async_connection_with_config(&patient)
            .await;
        connection.expect("the private Redis server runs")
    }

    /// Kills the server, as a power cut would. Its connections are reset.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Restarts the server on its port, without data.
    ///
    /// # Panics
    /// Panics if another process has taken the port.
    pub fn restart_empty(&mut self) {
        self.kill();
        let arguments: Vec<_> = self.arguments.iter().map(String::as_str).collect();
        match launch(&self.kind, self.port, &arguments) {
            Started::Running(process) => self.process = Some(process),
            Started::Ended(log) => panic!("redis-server did not come back on port {}:\n{log}", self.port),
        }
    }

    /// Suspends the server's process: connections stay open, but get no responses.
    ///
    /// # Panics
    /// Panics if the server was killed.
    pub fn pause(&self) {
        self.is_paused.store(true, Ordering::Relaxed);
        self.running().signal(rustix::process::Signal::STOP);
    }

    /// Resumes a paused server.
    ///
    /// # Panics
    /// Panics if the server was killed.
    pub fn resume(&self) {
        self.running().signal(rustix::process::Signal::CONT);
        self.is_paused.store(false, Ordering::Relaxed);
    }

    /// Returns `true` unless the server was killed or is paused.
    fn answers(&self) -> bool {
        self.process.is_some() && !self.is_paused.load(Ordering::Relaxed)
    }

    /// Sends an inline command and returns the response; empty if the server was killed.
    fn ask(&self, command: &str) -> String {
        let process = self.process.as_ref();
        process.map_or_else(String::new, |process| process.ask(command))
    }

    fn running(&self) -> &Process {
        self.process
            .as_ref()
            .expect("the private Redis server was not killed")
    }
}

fn launch(kind: &Kind, port: u16, arguments: &[&str]) -> Started {
    const NOTHING_ON_DISK: [&str; 4] = ["--save", "", "--appendonly", "no"];
    let started = match kind {
        Kind::Standalone => Process::start(port, &[&NOTHING_ON_DISK[..], arguments].concat(), ""),
        Kind::LoneClusterNode | Kind::ClusterNode => {
            let bus_port = (port + CLUSTER_BUS_OFFSET).to_string();
            let cluster = ["--cluster-enabled", "yes", "--cluster-port", &bus_port];
            Process::start(port, &[&NOTHING_ON_DISK[..], &cluster, arguments].concat(), "")
        }
        Kind::Sentinel { configuration } => Process::start(port, &["--sentinel"], configuration),
    };
    if let (Kind::LoneClusterNode, Started::Running(process)) = (kind, &started) {
        process.ask("CLUSTER ADDSLOTSRANGE 0 16383");
        wait_until("the Redis cluster is up", || {
            process.ask("CLUSTER INFO").contains("cluster_state:ok")
        });
    }
    started
}

/// Waits until a condition holds.
///
/// # Panics
/// Panics if the condition does not hold in time.
fn wait_until(condition: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < DEADLINE, "not after {DEADLINE:?}: {condition}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(test)]
mod tests {
    use deadpool_redis::redis::AsyncCommands;

    use super::*;

    #[tokio::test]
    async fn two_servers_share_no_data() {
        let (first, second) = (RedisServer::start(), RedisServer::start());
        let () = first.connection().await.set("key", 1).await.expect("set");
        let found: bool = second.connection().await.exists("key").await.expect("exists");
        assert!(!found);
    }

    #[tokio::test]
    async fn a_killed_server_restarts_empty_on_its_port() {
        let mut server = RedisServer::start();
        let url = server.url();
        let () = server.connection().await.set("key", 1).await.expect("set");
        server.kill();
        assert!(std::net::TcpStream::connect(("127.0.0.1", server.port())).is_err());
        server.restart_empty();
        assert_eq!(server.url(), url);
        let found: bool = server.connection().await.exists("key").await.expect("exists");
        assert!(!found);
    }

    #[tokio::test]
    async fn dropping_a_server_ends_it() {
        let server = RedisServer::start();
        let (port, directory) = (server.port(), server.running().directory().to_owned());
        drop(server);
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
        assert!(!directory.exists());
    }
}
