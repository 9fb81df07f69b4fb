//! A Redis Cluster of three masters, each with a replica.

use std::time::{Duration, Instant};

use deadpool_redis::redis::{Value, aio::MultiplexedConnection, cmd, from_redis_value};

use super::{Kind, RedisServer, process::DEADLINE, wait_until};

const MASTERS: usize = 3;
const SLOTS: u16 = 16_384;
/// Time after which the other nodes consider a node unreachable. A failover takes about twice as long. With a shorter
/// time, a busy machine causes further failovers.
const NODE_TIMEOUT: Duration = Duration::from_millis(1_500);

/// A Redis Cluster of six private servers. Initially, the first three are masters with a third of the slots each, and
/// the others are their replicas, in the same order.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts the servers, and waits until they form a cluster in which every master can fail over.
    ///
    /// # Panics
    /// Panics if `redis-server` is not installed, or the cluster does not form.
    #[must_use]
    pub fn start() -> Self {
        let timeout = NODE_TIMEOUT.as_millis().to_string();
        let arguments = [
            "--cluster-node-timeout",
            &timeout,
            // Otherwise the master waits 5 s for further replicas before it sends its data to the first one.
            "--repl-diskless-sync-delay",
            "0",
        ];
        let nodes: Vec<_> = (0..2 * MASTERS)
            .map(|_| RedisServer::start_kind(Kind::ClusterNode, &arguments))
            .collect();
        for (number, master) in nodes.iter().take(MASTERS).enumerate() {
            let boundary = |number: usize| usize::from(SLOTS) * number / MASTERS;
            let (first, last) = (boundary(number), boundary(number + 1) - 1);
            master.ask(&format!("CLUSTER ADDSLOTSRANGE {first} {last}"));
            master.ask(&format!("CLUSTER SET-CONFIG-EPOCH {}", number + 1));
        }
        for other in &nodes[1..] {
            nodes[0].ask(&format!("CLUSTER MEET 127.0.0.1 {}", other.port()));
        }
        wait_until("the nodes of the cluster have found each other", || {
            nodes.iter().all(|node| {
                let view = node.ask("CLUSTER NODES");
                view.lines().count() == nodes.len() && !view.contains("handshake")
            })
        });
        for (master, replica) in nodes.iter().zip(&nodes[MASTERS..]) {
            let id = master.ask("CLUSTER MYID");
            replica.ask(&format!("CLUSTER REPLICATE {}", id.trim()));
        }
        let cluster = Self { nodes };
        cluster.wait_until_whole();
        cluster
    }

    /// Returns the URL, with all nodes.
    #[must_use]
    pub fn url(&self) -> String {
        let others = self.nodes[1..]
            .iter()
            .map(|node| format!("node=127.0.0.1:{}", node.port()));
        let others: Vec<_> = others.collect();
        format!("{}?{}", self.nodes[0].url(), others.join("&"))
    }

    /// Returns the nodes. Their indices do not change.
    #[must_use]
    pub fn nodes(&self) -> &[RedisServer] {
        &self.nodes
    }

    /// Returns the index of the node that is the master of a slot; `None` if that node does not answer, or while the
    /// cluster is down.
    pub async fn master_of(&self, slot: u16) -> Option<usize> {
        let ranges = self.ranges().await;
        let range = ranges
            .into_iter()
            .find(|(first, last, _)| (*first..=*last).contains(&slot));
        range
            .map(|(_, _, node)| node)
            .filter(|node| self.nodes[*node].answers())
    }

    /// Returns the indices of the masters that have slots and answer.
    pub async fn masters(&self) -> Vec<usize> {
        let mut masters: Vec<_> = self.ranges().await.into_iter().map(|(_, _, node)| node).collect();
        masters.sort_unstable();
        masters.dedup();
        masters.retain(|node| self.nodes[*node].answers());
        masters
    }

    /// Returns ranges of slots: the first one, the last one, and the index of the master. Empty while the cluster is
    /// down.
    async fn ranges(&self) -> Vec<(u16, u16, usize)> {
        let witness = self.nodes.iter().find(|node| node.answers());
        self.ranges_at(witness.expect("a node is running")).await
    }

    async fn ranges_at(&self, witness: &RedisServer) -> Vec<(u16, u16, usize)> {
        let mut witness = witness.connection().await;
        let state: String = cmd("CLUSTER")
            .arg("INFO")
            .query_async(&mut witness)
            .await
            .expect("the state");
        if !state.contains("cluster_state:ok") {
            return Vec::new();
        }
        let ranges: Vec<Vec<Value>> = cmd("CLUSTER")
            .arg("SLOTS")
            .query_async(&mut witness)
            .await
            .expect("the slots");
        let range = |range: Vec<Value>| {
            let mut range = range.into_iter();
            let first = from_redis_value(range.next()?).ok()?;
            let last = from_redis_value(range.next()?).ok()?;
            let master: Vec<Value> = from_redis_value(range.next()?).ok()?;
            let port: u16 = from_redis_value(master.into_iter().nth(1)?).ok()?;
            let node = self.nodes.iter().position(|node| node.port() == port)?;
            Some((first, last, node))
        };
        ranges.into_iter().filter_map(range).collect()
    }

    pub fn kill(&mut self, node: usize) {
        self.nodes[node].kill();
    }

    /// Restarts a killed node without data or the state of the cluster, and makes it join as a replica of `master`.
    ///
    /// # Panics
    /// Panics if the node does not start, or does not join.
    pub fn rejoin(&mut self, node: usize, master: usize) {
        self.nodes[node].restart_empty();
        let gone = self.nodes[master].ask("CLUSTER NODES");
        let port = format!(":{}@", self.nodes[node].port());
        let gone = gone.lines().find(|line| line.contains(&port));
        if let Some(id) = gone.and_then(|line| line.split(' ').next()) {
            for other in self
                .nodes
                .iter()
                .filter(|other| other.port() != self.nodes[node].port())
            {
                other.ask(&format!("CLUSTER FORGET {id}"));
            }
        }
        self.nodes[node].ask(&format!("CLUSTER MEET 127.0.0.1 {}", self.nodes[master].port()));
        let id = self.nodes[master].ask("CLUSTER MYID");
        wait_until("the node is a replica", || {
            self.nodes[node]
                .ask(&format!("CLUSTER REPLICATE {}", id.trim()))
                .starts_with("+OK")
        });
        self.wait_until_whole();
    }

    /// Moves a slot with its keys to another master, as `redis-cli --cluster reshard` does, and waits until all nodes
    /// report the new master.
    ///
    /// # Panics
    /// Panics if a node rejects the move, or the nodes do not agree on the slot's master in time.
    pub async fn move_slot(&self, slot: u16, to: usize) {
        let from = self.master_of(slot).await.expect("the cluster is up");
        if from == to {
            return;
        }
        let ids: Vec<String> = self
            .nodes
            .iter()
            .map(|node| node.ask("CLUSTER MYID").trim().to_owned())
            .collect();
        let mut source = self.nodes[from].connection().await;
        let mut target = self.nodes[to].connection().await;
        set_slot(&mut target, slot, &["IMPORTING", &ids[from]]).await;
        set_slot(&mut source, slot, &["MIGRATING", &ids[to]]).await;
        loop {
            let keys: Vec<Vec<u8>> = cmd("CLUSTER")
                .arg("GETKEYSINSLOT")
                .arg(slot)
                .arg(100)
                .query_async(&mut source)
                .await
                .expect("the keys of a slot");
            if keys.is_empty() {
                break;
            }
            let mut migrate = cmd("MIGRATE");
            migrate
                .arg("127.0.0.1")
                .arg(self.nodes[to].port())
                .arg("")
                .arg(0)
                .arg(5_000);
            let moved = migrate
                .arg("REPLACE")
                .arg("KEYS")
                .arg(keys)
                .exec_async(&mut source)
                .await;
            moved.expect("keys can be migrated");
        }
        set_slot(&mut target, slot, &["NODE", &ids[to]]).await;
        set_slot(&mut source, slot, &["NODE", &ids[to]]).await;
        // Otherwise, the next move could begin at a node that is no longer the master.
        let began = Instant::now();
        while self.masters_of(slot).await != [to] {
            assert!(
                began.elapsed() < DEADLINE,
                "the nodes do not agree on the master of slot {slot}"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Returns the masters of a slot according to all nodes that answer, without duplicates: one if the nodes agree.
    async fn masters_of(&self, slot: u16) -> Vec<usize> {
        let mut masters = Vec::new();
        for node in self.nodes.iter().filter(|node| node.answers()) {
            let ranges = self.ranges_at(node).await;
            let of_slot = ranges
                .iter()
                .find(|(first, last, _)| (*first..=*last).contains(&slot));
            masters.extend(of_slot.map(|(_, _, master)| *master));
        }
        masters.sort_unstable();
        masters.dedup();
        masters
    }

    /// Waits until all running nodes agree that the cluster is up, and all replicas have their master's data.
    fn wait_until_whole(&self) {
        let began = Instant::now();
        while !self.is_whole() {
            if began.elapsed() > DEADLINE {
                let views = self.nodes.iter().map(|node| node.ask("CLUSTER NODES"));
                panic!(
                    "the cluster is not whole:\n{}",
                    views.collect::<Vec<_>>().join("\n")
                );
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn is_whole(&self) -> bool {
        let mut masters_with_a_replica = 0;
        let agree = self
            .nodes
            .iter()
            .filter(|node| node.process.is_some())
            .all(|node| {
                let replication = node.ask("INFO replication");
                masters_with_a_replica += usize::from(replication.contains("connected_slaves:1"));
                node.ask("CLUSTER INFO").contains("cluster_state:ok")
                    && (replication.contains("role:master") || replication.contains("master_link_status:up"))
            });
        agree && masters_with_a_replica == MASTERS
    }
}

/// Returns the slot of a key: the CRC-16 (XMODEM) of the part in braces, or of the whole key.
#[must_use]
pub fn slot_of(key: &str) -> u16 {
    let tag = key.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
    let tag = tag.map(|(tag, _)| tag).filter(|tag| !tag.is_empty());
    let crc = tag.unwrap_or(key).bytes().fold(0_u16, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| match crc & 0x8000 {
            0 => crc << 1,
            _ => (crc << 1) ^ 0x1021,
        })
    });
    crc % SLOTS
}

async fn set_slot(connection: &mut MultiplexedConnection, slot: u16, state: &[&str]) {
    let set = cmd("CLUSTER")
        .arg("SETSLOT")
        .arg(slot)
        .arg(state)
        .exec_async(connection)
        .await;
    set.expect("a slot can be moved");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_killed_master_is_replaced_by_its_replica() {
        let mut cluster = RedisCluster::start();
        assert_eq!(cluster.master_of(0).await, Some(0));
        cluster.kill(0);
        while cluster.master_of(0).await != Some(3) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        cluster.rejoin(0, 3);
    }

    #[tokio::test]
    async fn a_slot_moves_with_its_keys() {
        let cluster = RedisCluster::start();
        let slot = slot_of("foo");
        let owner = cluster.master_of(slot).await.expect("the cluster is up");
        let set = cmd("SET")
            .arg(&["foo", "bar"])
            .exec_async(&mut cluster.nodes[owner].connection().await)
            .await;
        set.expect("the key is set");
        cluster.move_slot(slot, 0).await;
        assert_eq!(cluster.nodes[0].ask("GET foo"), "bar");
    }
}
