//! The pool of connections for commands: to one server, to the master that sentinels name, or to a cluster.

use std::{future::Future, time::Duration};

use application::{Error, Result};
use deadpool_redis::{
    ConnectionAddr, ConnectionInfo, PoolConfig, PoolError, ProtocolVersion, RedisConnectionInfo, Runtime,
    cluster,
    redis::{
        self, AsyncConnectionConfig, Cmd, ErrorKind, FromRedisValue, Pipeline, RedisError, RedisFuture,
        RedisResult, Value, aio::ConnectionLike, cluster_async::ClusterConnection,
    },
    sentinel::{self, SentinelNodeConnectionInfo, SentinelServerType, TlsMode},
};
use futures::{StreamExt, TryStreamExt, stream};
use secrecy::ExposeSecret as _;

use crate::{
    error::unavailable,
    options::InvalidRedisOptions,
    url::{Login, Node, RedisUrl, Topology},
};

/// Timeout of a connection attempt to a single server, and of its answers.
const STEP: Duration = Duration::from_millis(500);
/// Timeout of a whole call, in which the pool may first have to discover that its connections are dead.
const CALL: Duration = Duration::from_secs(1);
/// Maximum number of commands sent together: all their answers must arrive within the timeouts above.
const COMMANDS_AT_ONCE: usize = 512;
/// Maximum number of commands in flight to the nodes of a cluster.
const CLUSTER_CONCURRENCY: usize = 128;

/// Pool of connections. It connects when the first command needs it, and again after a loss. No call takes longer than
/// one second for every [`COMMANDS_AT_ONCE`] commands.
#[derive(Clone)]
pub(crate) enum CommandPool {
    Single(deadpool_redis::Pool),
    Sentinel(sentinel::Pool),
    Cluster(cluster::Pool),
}

enum Connection {
    Single(deadpool_redis::Connection),
    Sentinel(sentinel::Connection),
    Cluster(cluster::Connection),
}

impl CommandPool {
    /// Creates a pool without connecting.
    pub(crate) fn new(url: &RedisUrl, size: usize) -> Result<Self, InvalidRedisOptions> {
        let wrong = |error: RedisError| InvalidRedisOptions::Url(error.category().to_owned());
        let login = login(url.login.as_ref(), url.database);
        let at = |node: &Node, redis: &RedisConnectionInfo| ConnectionInfo {
            addr: address(node, url.tls),
            redis: redis.clone(),
        };
        let limits = PoolConfig::new(size);
        match &url.topology {
            Topology::Single(node) => {
                let timeouts = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(STEP))
                    .set_response_timeout(Some(STEP));
                let manager =
                    deadpool_redis::Manager::new_with_config(at(node, &login), timeouts).map_err(wrong)?;
                let pool = deadpool_redis::Pool::builder(manager)
                    .config(limits)
                    .runtime(Runtime::Tokio1)
                    .build();
                Ok(Self::Single(pool.expect(
                    "building a pool only fails for timeouts without a runtime",
                )))
            }
            Topology::Cluster(nodes) => {
                let nodes = nodes.iter().map(|node| at(node, &login)).collect();
                let manager = cluster::Manager::new(nodes, false).map_err(wrong)?;
                let pool = cluster::Pool::builder(manager)
                    .config(limits)
                    .runtime(Runtime::Tokio1)
                    .build();
                Ok(Self::Cluster(pool.expect(
                    "building a pool only fails for timeouts without a runtime",
                )))
            }
            Topology::Sentinel {
                sentinels,
                service,
                login: sentinel_login,
            } => {
                let sentinel_login = self::login(sentinel_login.as_ref(), 0);
                let sentinels = sentinels.iter().map(|node| at(node, &sentinel_login)).collect();
                let node = SentinelNodeConnectionInfo {
                    tls_mode: url.tls.then_some(TlsMode::Secure),
                    redis_connection_info: Some(login),
                };
                let (name, master) = (service.clone(), SentinelServerType::Master);
                let manager = sentinel::Manager::new(sentinels, name, Some(node), master).map_err(wrong)?;
                let pool = sentinel::Pool::builder(manager)
                    .config(limits)
                    .runtime(Runtime::Tokio1)
                    .build();
                Ok(Self::Sentinel(pool.expect(
                    "building a pool only fails for timeouts without a runtime",
                )))
            }
        }
    }

    pub(crate) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        self.in_time(async {
            let mut connection = self.connection().await?;
            command.query_async(&mut connection).await.map_err(unavailable)
        })
        .await
    }

    /// Sends commands that do not depend on each other, and returns the answer to each. A command that Redis rejects
    /// does not affect the others.
    ///
    /// They are pipelined, or, in a cluster, sent concurrently to the nodes that hold their keys.
    pub(crate) async fn each(&self, commands: Vec<Cmd>) -> Result<Vec<RedisResult<Value>>> {
        let mut answers = Vec::with_capacity(commands.len());
        for part in parts(commands) {
            let part = self.in_time(async { self.connection().await?.each(part).await.map_err(unavailable) });
            answers.extend(part.await?);
        }
        Ok(answers)
    }

    /// Sends commands whose keys share a slot, pipelined and in order, and returns the answer to each.
    pub(crate) async fn in_order(&self, commands: Vec<Cmd>) -> Result<Vec<RedisResult<Value>>> {
        let mut answers = Vec::with_capacity(commands.len());
        for part in parts(commands) {
            let part = self.in_time(async {
                pipeline(part)
                    .query_async(&mut self.connection().await?)
                    .await
                    .map_err(unavailable)
            });
            answers.extend::<Vec<_>>(part.await?);
        }
        Ok(answers)
    }

    /// Sends commands as one transaction (MULTI and EXEC). In a cluster their keys may be on several nodes, so each
    /// command is executed separately.
    pub(crate) async fn together(&self, commands: Vec<Cmd>) -> Result<()> {
        if matches!(self, Self::Cluster(_)) {
            let answers = self.each(commands).await?;
            return answers
                .into_iter()
                .try_for_each(|answer| answer.map(drop))
                .map_err(unavailable);
        }
        self.in_time(async {
            let mut transaction = redis::pipe();
            transaction.atomic();
            for command in commands {
                transaction.add_command(command).ignore();
            }
            transaction
                .exec_async(&mut self.connection().await?)
                .await
                .map_err(unavailable)
        })
        .await
    }

    async fn connection(&self) -> Result<Connection> {
        // Boxed: making a connection is rare, but needs 20 KiB of state that every call's future would carry.
        match self {
            Self::Single(pool) => Box::pin(pool.get()).await.map(Connection::Single),
            Self::Sentinel(pool) => Box::pin(pool.get()).await.map(Connection::Sentinel),
            Self::Cluster(pool) => Box::pin(pool.get()).await.map(Connection::Cluster),
        }
        .map_err(|error| match error {
            PoolError::Backend(error) => unavailable(error),
            other => Error::unavailable("redis", other),
        })
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        // Dropping a call is safe: connections are multiplexed, and their driver discards a late answer.
        tokio::time::timeout(CALL, work)
            .await
            .unwrap_or_else(|late| Err(Error::unavailable("redis", late)))
    }
}

impl Connection {
    async fn each(&mut self, commands: Vec<Cmd>) -> RedisResult<Vec<RedisResult<Value>>> {
        let Self::Cluster(connection) = self else {
            return pipeline(commands).query_async(self).await;
        };
        let connection: &ClusterConnection = connection;
        stream::iter(commands)
            .map(|command| {
                let mut connection = connection.clone();
                async move { of_the_key_alone(connection.req_packed_command(&command).await) }
            })
            .buffered(CLUSTER_CONCURRENCY)
            .try_collect()
            .await
    }
}

/// Returns an error from Redis as an answer. Any other error, such as a lost connection, fails the whole call.
fn of_the_key_alone(answer: RedisResult<Value>) -> RedisResult<RedisResult<Value>> {
    match answer.and_then(Value::extract_error) {
        Err(error) if !matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension) => Err(error),
        answer => Ok(answer),
    }
}

/// Divides commands into groups that are sent together.
fn parts(commands: Vec<Cmd>) -> impl Iterator<Item = Vec<Cmd>> {
    let mut rest = commands.into_iter();
    std::iter::from_fn(move || {
        let part: Vec<_> = rest.by_ref().take(COMMANDS_AT_ONCE).collect();
        (!part.is_empty()).then_some(part)
    })
}

fn pipeline(commands: Vec<Cmd>) -> Pipeline {
    let mut pipeline = Pipeline::with_capacity(commands.len());
    for command in commands {
        pipeline.add_command(command);
    }
    pipeline.ignore_errors();
    pipeline
}

fn login(login: Option<&Login>, database: u8) -> RedisConnectionInfo {
    RedisConnectionInfo {
        db: database.into(),
        username: login.and_then(|login| login.user.clone()),
        password: login.map(|login| login.password.expose_secret().to_owned()),
        protocol: ProtocolVersion::RESP2,
    }
}

fn address(node: &Node, tls: bool) -> ConnectionAddr {
    let (host, port) = (node.host.clone(), node.port);
    if tls {
        ConnectionAddr::TcpTls {
            host,
            port,
            insecure: false,
        }
    } else {
        ConnectionAddr::Tcp(host, port)
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Single(connection) => connection.req_packed_command(command),
            Self::Sentinel(connection) => connection.req_packed_command(command),
            Self::Cluster(connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Single(connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Sentinel(connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Single(connection) => connection.get_db(),
            Self::Sentinel(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}
