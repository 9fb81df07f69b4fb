//! Queries to several servers at the same time.

use std::{collections::HashMap, time::Duration};

use application::GivenUp;
use deadpool_redis::redis::{
    AsyncConnectionConfig, Client, ErrorKind, FromRedisValue, Pipeline, RedisError, RedisResult,
    aio::MultiplexedConnection,
};
use futures::{StreamExt, stream::FuturesUnordered};
use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until, timeout};

use crate::{access::Access, url::Node};

/// Timeout of a query to one server, including the connection to it.
const PATIENCE: Duration = Duration::from_millis(400);
/// Time to wait for the other servers after a majority has answered.
const STRAGGLERS: Duration = Duration::from_millis(50);

/// Connections to the servers that report the topology.
pub(super) struct Inquiry {
    access: Access,
    connections: Mutex<HashMap<Node, MultiplexedConnection>>,
}

impl Inquiry {
    pub(super) fn new(access: Access) -> Self {
        Self {
            access,
            connections: Mutex::default(),
        }
    }

    /// Queries all servers at the same time. Returns at least one answer, each with its server.
    ///
    /// Once a majority has answered, it waits for the others only briefly ([`STRAGGLERS`]).
    ///
    /// # Errors
    /// Returns the last error if no server answers.
    pub(super) async fn ask<T: FromRedisValue>(
        &self,
        servers: &[Node],
        question: &Pipeline,
    ) -> RedisResult<Vec<(Node, T)>> {
        self.connections.lock().retain(|node, _| servers.contains(node));
        let mut questions: FuturesUnordered<_> = servers
            .iter()
            .map(|server| async move { (server, self.ask_one(server, question).await) })
            .collect();
        let mut answers = Vec::with_capacity(servers.len());
        let mut failure = RedisError::from((ErrorKind::Client, "there are no servers to query"));
        let mut deadline = None;
        loop {
            let late = async {
                match deadline {
                    Some(deadline) => sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                answer = questions.next() => match answer {
                    Some((server, Ok(answer))) => answers.push((server.clone(), answer)),
                    Some((_, Err(error))) => failure = error,
                    None => break,
                },
                () = late => break,
            }
            if answers.len() > servers.len() / 2 && deadline.is_none() {
                deadline = Some(Instant::now() + STRAGGLERS);
            }
        }
        if answers.is_empty() {
            Err(failure)
        } else {
            Ok(answers)
        }
    }

    async fn ask_one<T: FromRedisValue>(&self, server: &Node, question: &Pipeline) -> RedisResult<T> {
        let answer = timeout(PATIENCE, async {
            let kept = self.connections.lock().get(server).cloned();
            let mut connection = match kept {
                Some(connection) => connection,
                None => self.connect(server).await?,
            };
            let answer = question.query_async(&mut connection).await?;
            self.connections.lock().insert(server.clone(), connection);
            Ok(answer)
        })
        .await
        .unwrap_or_else(|_| {
            Err(RedisError::from((
                ErrorKind::Io,
                "timeout",
                format!("{server}: {}", GivenUp::NoAnswer(PATIENCE)),
            )))
        });
        if answer.is_err() {
            self.connections.lock().remove(server);
        }
        answer
    }

    async fn connect(&self, server: &Node) -> RedisResult<MultiplexedConnection> {
        // The caller limits the time of the whole query.
        let unlimited = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        let client = Client::open(self.access.to(server))?;
        client
            .get_multiplexed_async_connection_with_config(&unlimited)
            .await
    }
}
