//! A master and two replicas, monitored by three sentinels.

use std::time::Duration;

use deadpool_redis::redis::{RedisResult, cmd};

use super::{Kind, RedisServer, wait_until};

/// Time after which a sentinel considers the master unreachable. With a shorter time, a busy machine causes further
/// failovers.
const DOWN_AFTER: Duration = Duration::from_millis(1_500);
/// Time after which a failed failover is repeated.
const FAILOVER_TIMEOUT: Duration = Duration::from_secs(5);

/// A Redis service named `mymaster` with a master, two replicas and three sentinels, two of which have to agree on a
/// failover.
#[derive(Debug)]
pub struct SentinelService {
    servers: Vec<RedisServer>,
    sentinels: Vec<RedisServer>,
}

impl SentinelService {
    /// Starts the servers, the first of which is the master, and waits until the master can fail over.
    ///
    /// # Panics
    /// Panics if `redis-server` is not installed, or the servers do not find each other.
    #[must_use]
    pub fn start() -> Self {
        let master = RedisServer::start_with(&["--repl-diskless-sync-delay", "0"]);
        let port = master.port().to_string();
        let servers = [(); 2].map(|()| RedisServer::start_with(&replica_of(&port)));
        // Sentinels query the master for its replicas when they start, and then only every 10 s.
        wait_until("the replicas are connected", || {
            servers
                .iter()
                .all(|replica| replica.ask("INFO replication").contains("master_link_status:up"))
        });
        let configuration = format!(
            "sentinel monitor mymaster 127.0.0.1 {port} 2\n\
             sentinel down-after-milliseconds mymaster {}\n\
             sentinel failover-timeout mymaster {}\n",
            DOWN_AFTER.as_millis(),
            FAILOVER_TIMEOUT.as_millis()
        );
        let sentinels: Vec<_> = (0..3)
            .map(|_| {
                let configuration = configuration.clone();
                RedisServer::start_kind(Kind::Sentinel { configuration }, &[])
            })
            .collect();
        wait_until("the sentinels have found each other and the replicas", || {
            sentinels.iter().all(|sentinel| {
                let view = sentinel.ask("INFO sentinel");
                view.contains("status=ok") && view.contains("slaves=2") && view.contains("sentinels=3")
            })
        });
        Self {
            servers: std::iter::once(master).chain(servers).collect(),
            sentinels,
        }
    }

    /// Returns the URL, with all sentinels.
    #[must_use]
    pub fn url(&self) -> String {
        let [first, others @ ..] = &self.sentinels[..] else {
            unreachable!("there are three sentinels");
        };
        let others = others
            .iter()
            .map(|sentinel| format!("&node=127.0.0.1:{}", sentinel.port()));
        format!("{}{}", first.url(), others.collect::<String>())
    }

    /// Returns the servers. Their indices do not change.
    #[must_use]
    pub fn servers(&self) -> &[RedisServer] {
        &self.servers
    }

    #[must_use]
    pub fn sentinels(&self) -> &[RedisServer] {
        &self.sentinels
    }

    /// Returns the index of the master that a sentinel reports; `None` if the server does not answer or is not a master
    /// yet.
    pub async fn master(&self) -> Option<usize> {
        self.named_masters().await.into_iter().flatten().next()
    }

    /// Returns the index of the master that all sentinels report; `None` if they do not agree.
    pub async fn agreed_master(&self) -> Option<usize> {
        let named = self.named_masters().await;
        named
            .first()
            .copied()
            .flatten()
            .filter(|first| named.iter().all(|master| *master == Some(*first)))
    }

    /// Returns the index of the master that each sentinel reports; `None` if the server does not answer or is not a
    /// master yet.
    async fn named_masters(&self) -> Vec<Option<usize>> {
        let mut masters = Vec::new();
        for sentinel in self.sentinels.iter().filter(|sentinel| sentinel.answers()) {
            let named: RedisResult<(String, u16)> = cmd("SENTINEL")
                .arg(&["GET-MASTER-ADDR-BY-NAME", "mymaster"])
                .query_async(&mut sentinel.connection().await)
                .await;
            let is_master = |server: &RedisServer| {
                named.as_ref().is_ok_and(|(_, port)| *port == server.port())
                    && server.answers()
                    && server.ask("INFO replication").contains("role:master")
            };
            masters.push(self.servers.iter().position(is_master));
        }
        masters
    }

    pub fn kill(&mut self, server: usize) {
        self.servers[server].kill();
    }

    /// Restarts a killed server without data as a replica of `master`, and waits until it has the master's data.
    ///
    /// # Panics
    /// Panics if the server does not start.
    pub fn restart_as_replica(&mut self, server: usize, master: usize) {
        let port = self.servers[master].port().to_string();
        let server = &mut self.servers[server];
        server.arguments = replica_of(&port).map(str::to_owned).into();
        server.restart_empty();
        wait_until("the replica is connected", || {
            server.ask("INFO replication").contains("master_link_status:up")
        });
    }
}

/// Returns the arguments of a replica. By default, a master waits 5 s for further replicas before it sends its data to
/// the first one.
const fn replica_of(port: &str) -> [&str; 5] {
    [
        "--repl-diskless-sync-delay",
        "0",
        "--replicaof",
        "127.0.0.1",
        port,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_killed_master_is_replaced() {
        let mut service = SentinelService::start();
        assert_eq!(service.master().await, Some(0));
        service.kill(0);
        while service.master().await.is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_ne!(service.master().await, Some(0));
    }
}
