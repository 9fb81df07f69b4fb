//! Commands to a single server, to the master that sentinels report, or to the masters of a cluster.

mod command_spans;
mod redirection;
mod server;

use std::{collections::HashMap, sync::Arc, time::Duration};

use application::{
    Error, Result,
    ports::{CircuitState, SpanEnd},
    spans,
};
use circuit_breaker::Circuits;
use deadpool_redis::redis::{
    self, Cmd, ErrorKind, FromRedisValue, Pipeline, RedisError, RedisResult, ServerErrorKind, Value,
};
use futures::future::join_all;
use parking_lot::Mutex;
use redirection::Redirection;
use server::{Failure, Server, Usage};
use tokio::time::{sleep, timeout};

use crate::{
    access::Access,
    error::{from_redis, is_wrong_type},
    options::InvalidRedisOptions,
    topology::{Layout, Topology, slot_of_command},
    url::{Node, RedisUrl},
};

/// Timeout of a whole call, including redirections.
const CALL: Duration = Duration::from_secs(1);
/// Maximum number of commands sent together: all their answers must arrive within the timeout.
const COMMANDS_AT_ONCE: usize = 512;
/// Maximum number of times that a command is redirected.
const REDIRECTIONS: usize = 8;
/// Pause before a command is repeated whose keys are being moved.
const WHILE_KEYS_MOVE: Duration = Duration::from_millis(10);

/// Sends commands to the masters that have their keys. A connection is made when the first command needs it, and again
/// after a loss. No call takes longer than one second for every [`COMMANDS_AT_ONCE`] commands, and none waits for a
/// master that is known to be unavailable.
///
/// The commands of a call for the same master are sent as one pipeline, and those for different masters at the same
/// time. A failed call is not repeated here, because its commands may have taken effect. Instead, the masters are
/// determined again, so that a later call reaches the replacement of a failed master.
#[derive(Clone)]
pub(crate) struct CommandPool(Arc<Inner>);

struct Inner {
    topology: Arc<Topology>,
    is_cluster: bool,
    access: Access,
    /// Maximum number of connections to one master.
    size: usize,
    servers: Mutex<Servers>,
    circuits: Circuits,
}

#[derive(Default)]
struct Servers {
    by_node: HashMap<Node, Arc<Server>>,
    /// Layout from which the masters were taken.
    layout: Option<Arc<Layout>>,
}

/// Commands for one server.
struct Batch {
    to: Node,
    /// Whether the commands were redirected to this server for keys of a slot that is being moved.
    is_asking: bool,
    pipeline: Pipeline,
    /// Index of each command in the call.
    indices: Vec<usize>,
}

impl CommandPool {
    /// Creates a pool without connecting.
    pub(crate) fn new(
        url: &RedisUrl,
        topology: Arc<Topology>,
        size: usize,
    ) -> Result<Self, InvalidRedisOptions> {
        let inner = Inner {
            topology,
            is_cluster: url.is_cluster(),
            access: Access::new(url.login.as_ref(), url.database, url.tls),
            size,
            servers: Mutex::default(),
            circuits: Circuits::of("redis"),
        };
        // Building a pool for an arbitrary server checks the parameters.
        let any = Node {
            host: "localhost".to_owned(),
            port: 6379,
        };
        Server::new(&any, inner.access.to(&any), size, &inner.circuits)
            .map_err(|error| InvalidRedisOptions::Url(error.category().to_owned()))?;
        Ok(Self(Arc::new(inner)))
    }

    /// Returns the worst state of the masters' circuit breakers.
    pub(crate) fn circuit(&self) -> CircuitState {
        self.0.circuits.state()
    }

    /// Returns the combined use of the connections to all masters.
    pub(crate) fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        for server in self.0.servers.lock().by_node.values() {
            usage += server.usage();
        }
        usage
    }

    pub(crate) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        let value = self.answer(command).await?.map_err(from_redis)?;
        redis::from_redis_value(value).map_err(|error| Error::unavailable("redis", error))
    }

    /// Sends a command that reads a key, and returns its answer; `None` if the key has another type.
    pub(crate) async fn read<T: FromRedisValue>(&self, command: &Cmd) -> Result<Option<T>> {
        let value = match self.answer(command).await? {
            Err(error) if is_wrong_type(&error) => return Ok(None),
            answer => answer.map_err(from_redis)?,
        };
        redis::from_redis_value(value)
            .map(Some)
            .map_err(|error| Error::unavailable("redis", error))
    }

    async fn answer(&self, command: &Cmd) -> Result<RedisResult<Value>> {
        let mut answers = self.each(vec![command.clone()]).await?;
        Ok(answers.pop().expect("every command has an answer"))
    }

    /// Sends commands and returns the answer to each. A command that Redis rejects does not affect the others. Commands
    /// with keys in the same slot are executed in order.
    pub(crate) async fn each(&self, commands: Vec<Cmd>) -> Result<Vec<RedisResult<Value>>> {
        let mut answers = Vec::with_capacity(commands.len());
        for part in parts(commands) {
            answers.extend(in_time(self.0.part(part)).await?);
        }
        Ok(answers)
    }

    /// Returns the current masters.
    pub(crate) async fn masters(&self) -> Result<Vec<Node>> {
        in_time(async { Ok(self.0.layout().await?.masters().to_vec()) }).await
    }

    /// Sends a command to one server, whatever its keys.
    pub(crate) async fn query_at<T: FromRedisValue>(&self, server: &Node, command: Cmd) -> Result<T> {
        let mut pipeline = redis::pipe();
        pipeline.add_command(command);
        let (answer,) = in_time(self.0.send::<(T,)>(server, &pipeline)).await?;
        Ok(answer)
    }

    /// Sends commands as one transaction (MULTI and EXEC), and returns the answer to each: a command that fails does
    /// not undo the others. In a cluster, their keys may be on several nodes, so each command is executed separately.
    pub(crate) async fn together(&self, commands: Vec<Cmd>) -> Result<Vec<RedisResult<Value>>> {
        if self.0.is_cluster {
            return self.each(commands).await;
        }
        let mut transaction = redis::pipe();
        transaction.atomic().ignore_errors();
        for command in commands {
            transaction.add_command(command);
        }
        in_time(async {
            let layout = self.0.layout().await?;
            let master = layout.masters().first().ok_or_else(no_master)?;
            let answers: Vec<RedisResult<Value>> = self.0.send(master, &transaction).await?;
            for error in answers.iter().filter_map(|answer| answer.as_ref().err()) {
                self.0.look_at(error, master);
            }
            Ok(answers)
        })
        .await
    }
}

impl Inner {
    /// Returns the layout. If it has changed, drops the connections and circuits of servers that are no longer masters.
    async fn layout(&self) -> Result<Arc<Layout>> {
        let layout = self.topology.layout().await?;
        let mut servers = self.servers.lock();
        let is_known = |known: &Arc<Layout>| Arc::ptr_eq(known, &layout);
        if !servers.layout.as_ref().is_some_and(is_known) {
            servers.by_node.retain(|node, _| layout.masters().contains(node));
            servers.layout = Some(Arc::clone(&layout));
        }
        drop(servers);
        Ok(layout)
    }

    /// Sends commands, and follows redirections.
    async fn part(&self, commands: Vec<Cmd>) -> Result<Vec<RedisResult<Value>>> {
        let layout = self.layout().await?;
        let mut answers: Vec<_> = commands.iter().map(|_| None).collect();
        let mut batches = Vec::new();
        for (index, command) in commands.into_iter().enumerate() {
            // A command without a key can be executed by any master.
            let slot = if self.is_cluster {
                slot_of_command(&command)
            } else {
                None
            };
            let Some(master) = layout.master_of(slot.unwrap_or_default()) else {
                self.topology.doubt();
                return Err(no_master());
            };
            add(&mut batches, master, false, index, command);
        }
        let mut redirections = 0;
        while !batches.is_empty() {
            let sent = batches.iter().map(|batch| self.send(&batch.to, &batch.pipeline));
            let sent: Vec<Vec<_>> = join_all(sent).await.into_iter().collect::<Result<_>>()?;
            let may_redirect = self.is_cluster && redirections < REDIRECTIONS;
            let (mut redirected, mut keys_move) = (Vec::new(), false);
            for (batch, sent) in batches.iter().zip(sent) {
                for (index, command, answer) in batch.answered(sent) {
                    if let Err(error) = &answer {
                        self.look_at(error, &batch.to);
                    }
                    let redirection = Redirection::of(&answer, &batch.to).filter(|_| may_redirect);
                    let (to, is_asking) = match redirection {
                        None => {
                            answers[index] = Some(answer);
                            continue;
                        }
                        Some(Redirection::Moved(to)) => (to, false),
                        Some(Redirection::Ask(to)) => (to, true),
                        Some(Redirection::TryAgain) => {
                            keys_move = true;
                            (batch.to.clone(), batch.is_asking)
                        }
                    };
                    add(&mut redirected, &to, is_asking, index, command.clone());
                }
            }
            if keys_move {
                sleep(WHILE_KEYS_MOVE).await;
            }
            batches = redirected;
            redirections += 1;
        }
        let answer = |answer: Option<_>| answer.expect("every command was answered or redirected");
        Ok(answers.into_iter().map(answer).collect())
    }

    /// Requests an inquiry after an error that a server returns if it is not, or no longer, the right master.
    fn look_at(&self, error: &RedisError, from: &Node) {
        match error.kind() {
            ErrorKind::Server(ServerErrorKind::Moved | ServerErrorKind::ClusterDown) => self.topology.doubt(),
            ErrorKind::Server(ServerErrorKind::ReadOnly | ServerErrorKind::ExecAbort) => {
                self.topology.doubt();
                // The host name may resolve to another server by now.
                self.server(from).reconnect();
            }
            _ => {}
        }
    }

    async fn send<T: FromRedisValue>(&self, to: &Node, pipeline: &Pipeline) -> Result<T> {
        let span = spans::open(|| command_spans::of(pipeline, to, self.access.database()));
        let answers = self.server(to).send(pipeline).await;
        if let Some(span) = span {
            span.end(SpanEnd::of(answers.as_ref().err().map(Failure::kind)));
        }
        answers.map_err(|failure| {
            if failure.is_of_connection() {
                self.topology.doubt();
            }
            if let Failure::Redis(error) = &failure {
                self.look_at(error, to);
            }
            Error::from(failure)
        })
    }

    fn server(&self, node: &Node) -> Arc<Server> {
        let mut servers = self.servers.lock();
        if let Some(server) = servers.by_node.get(node) {
            return Arc::clone(server);
        }
        let server = Server::new(node, self.access.to(node), self.size, &self.circuits);
        let server = server.expect("the same parameters were valid for another server");
        servers.by_node.insert(node.clone(), Arc::clone(&server));
        server
    }
}

impl Batch {
    /// Returns the index and the command of each answer.
    fn answered(
        &self,
        answers: Vec<RedisResult<Value>>,
    ) -> impl Iterator<Item = (usize, &Cmd, RedisResult<Value>)> {
        // With `ASKING` before each command, only every second answer is that of a command.
        let step = if self.is_asking { 2 } else { 1 };
        let commands = self.pipeline.cmd_iter().zip(answers).skip(step - 1).step_by(step);
        let indices = self.indices.iter().copied();
        indices
            .zip(commands)
            .map(|(index, (command, answer))| (index, command, answer))
    }
}

/// Adds a command to the batch for a server.
fn add(batches: &mut Vec<Batch>, to: &Node, is_asking: bool, index: usize, command: Cmd) {
    let known = batches
        .iter()
        .position(|batch| batch.to == *to && batch.is_asking == is_asking);
    let known = known.unwrap_or_else(|| {
        let mut pipeline = redis::pipe();
        pipeline.ignore_errors();
        batches.push(Batch {
            to: to.clone(),
            is_asking,
            pipeline,
            indices: Vec::new(),
        });
        batches.len() - 1
    });
    let batch = &mut batches[known];
    if is_asking {
        batch.pipeline.cmd("ASKING");
    }
    batch.pipeline.add_command(command);
    batch.indices.push(index);
}

fn no_master() -> Error {
    Error::unavailable("redis", NoMaster)
}

/// Cause of an error: the slot of a key has no master at the moment.
#[derive(Debug, thiserror::Error)]
#[error("no master serves the slot of the key")]
struct NoMaster;

async fn in_time<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    // Dropping a call is safe: connections are multiplexed, and their driver discards a late answer.
    timeout(CALL, work)
        .await
        .unwrap_or_else(|_| Err(Error::no_answer("redis", CALL)))
}

/// Divides commands into groups that are sent together.
fn parts(commands: Vec<Cmd>) -> impl Iterator<Item = Vec<Cmd>> {
    let mut rest = commands.into_iter();
    std::iter::from_fn(move || {
        let part: Vec<_> = rest.by_ref().take(COMMANDS_AT_ONCE).collect();
        (!part.is_empty()).then_some(part)
    })
}
