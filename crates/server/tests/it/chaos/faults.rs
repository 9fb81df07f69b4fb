//! The faults, how they are injected and how they are repaired.

use std::time::Duration;

use deadpool_redis::redis::cmd;
use rustix::process::Signal;
use test_stores::redis::RedisServer;

use super::{
    stage::{Equipment, Stage},
    tcp_proxy::{Condition, TcpProxy},
};
use crate::end_to_end::support::until_ok;

/// Extent of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Short form, for every test run: faults that need a repair last for two seconds.
    Short,
    Full,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    RedisKilled,
    RedisSuspended,
    RedisPartitioned,
    RedisUnreachable,
    RedisHalfOpen,
    RedisSlow,
    RedisFlushed,
    RedisEvicting,
    RedisReadOnly,
    DatabaseKilled,
    DatabaseSuspended,
    DatabasePartitioned,
    DatabaseUnreachable,
    DatabaseHalfOpen,
    DatabaseSlow,
    DatabaseDiskFull,
    ServerKilled,
    ServerSuspended,
    ClockForward,
    ClockBack,
    OneOfTwoServersKilled,
    EverythingKilled,
}

impl Fault {
    pub(super) const ALL: [Self; 22] = [
        Self::RedisKilled,
        Self::RedisSuspended,
        Self::RedisPartitioned,
        Self::RedisUnreachable,
        Self::RedisHalfOpen,
        Self::RedisSlow,
        Self::RedisFlushed,
        Self::RedisEvicting,
        Self::RedisReadOnly,
        Self::DatabaseKilled,
        Self::DatabaseSuspended,
        Self::DatabasePartitioned,
        Self::DatabaseUnreachable,
        Self::DatabaseHalfOpen,
        Self::DatabaseSlow,
        Self::DatabaseDiskFull,
        Self::ServerKilled,
        Self::ServerSuspended,
        Self::ClockForward,
        Self::ClockBack,
        Self::OneOfTwoServersKilled,
        Self::EverythingKilled,
    ];

    /// Returns the name in the table.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::RedisKilled => "Redis: `kill -9`, restarted without data",
            Self::RedisSuspended => "Redis: suspended (SIGSTOP)",
            Self::RedisPartitioned => "network to Redis: partition",
            Self::RedisUnreachable => "network to Redis: connections are cut and refused",
            Self::RedisHalfOpen => "network to Redis: all connections become half-open",
            Self::RedisSlow => "network to Redis: 40 ms of delay and 2 % of loss in each direction",
            Self::RedisFlushed => "Redis: `FLUSHALL`",
            Self::RedisEvicting => "Redis: all keys evicted, and writes rejected (`maxmemory`)",
            Self::RedisReadOnly => "Redis: read-only (`REPLICAOF`)",
            Self::DatabaseKilled => "PostgreSQL: `kill -9` of all processes",
            Self::DatabaseSuspended => "PostgreSQL: suspended (SIGSTOP)",
            Self::DatabasePartitioned => "network to PostgreSQL: partition",
            Self::DatabaseUnreachable => "network to PostgreSQL: connections are cut and refused",
            Self::DatabaseHalfOpen => "network to PostgreSQL: all connections become half-open",
            Self::DatabaseSlow => "network to PostgreSQL: 40 ms of delay and 2 % of loss in each direction",
            Self::DatabaseDiskFull => "PostgreSQL: disk full",
            Self::ServerKilled => "server: `kill -9`, restarted",
            Self::ServerSuspended => "server: suspended (SIGSTOP)",
            Self::ClockForward => "clock of the server: one hour ahead, then right",
            Self::ClockBack => "clock of the server: one minute behind, then right",
            Self::OneOfTwoServersKilled => "two servers behind HAProxy: `kill -9` of one",
            Self::EverythingKilled => "`kill -9` of PostgreSQL, Redis and the server at once",
        }
    }

    /// Returns the time from the injection to the repair; `None` if clients recover without a repair.
    pub(super) const fn duration(self, form: Form) -> Option<Duration> {
        let seconds = match self {
            Self::RedisHalfOpen
            | Self::RedisFlushed
            | Self::DatabaseHalfOpen
            | Self::OneOfTwoServersKilled => return None,
            _ if matches!(form, Form::Short) => 2,
            Self::RedisSuspended | Self::DatabaseSuspended | Self::ServerSuspended => 20,
            Self::RedisKilled | Self::DatabaseKilled | Self::ServerKilled | Self::EverythingKilled => 5,
            _ => 10,
        };
        Some(Duration::from_secs(seconds))
    }

    pub(super) fn equipment(self) -> Equipment {
        Equipment {
            is_balanced: self == Self::OneOfTwoServersKilled,
            has_clock: matches!(self, Self::ClockForward | Self::ClockBack),
            has_small_disk: self == Self::DatabaseDiskFull,
        }
    }

    pub(super) async fn inject(self, stage: &mut Stage) {
        match self {
            Self::RedisKilled => stage.redis.kill(),
            Self::RedisSuspended => stage.redis.pause(),
            Self::RedisFlushed => order(&stage.redis, &["FLUSHALL"]).await,
            Self::RedisEvicting => {
                order(
                    &stage.redis,
                    &["CONFIG", "SET", "maxmemory-policy", "allkeys-random"],
                )
                .await;
                order(&stage.redis, &["CONFIG", "SET", "maxmemory", "1"]).await;
            }
            // No server listens on port 1, so Redis remains a replica without a master.
            Self::RedisReadOnly => order(&stage.redis, &["REPLICAOF", "127.0.0.1", "1"]).await,
            Self::DatabaseKilled => stage.postgres.kill_processes().await,
            Self::DatabaseSuspended => stage.postgres.freeze(),
            Self::DatabaseDiskFull => stage.disk().fill(),
            Self::ServerKilled | Self::OneOfTwoServersKilled => stage.servers[0].kill().await,
            Self::ServerSuspended => stage.servers[0].signal(Signal::STOP),
            Self::ClockForward => stage.clock().set(3_600),
            Self::ClockBack => stage.clock().set(-60),
            Self::EverythingKilled => {
                stage.redis.kill();
                stage.postgres.kill_processes().await;
                stage.servers[0].kill().await;
            }
            _ => match self.network(stage) {
                (network, Some(condition)) => network.set(condition),
                (network, None) => network.forget_connections(),
            },
        }
    }

    /// Repairs the fault, or what is left of it.
    pub(super) async fn repair(self, stage: &mut Stage) {
        match self {
            Self::RedisKilled => stage.redis.restart_empty(),
            Self::RedisSuspended => stage.redis.resume(),
            Self::RedisFlushed => {}
            Self::RedisEvicting => order(&stage.redis, &["CONFIG", "SET", "maxmemory", "0"]).await,
            Self::RedisReadOnly => order(&stage.redis, &["REPLICAOF", "NO", "ONE"]).await,
            Self::DatabaseKilled => stage.postgres.start().await,
            Self::DatabaseSuspended => stage.postgres.thaw(),
            Self::DatabaseDiskFull => {
                stage.disk().free();
                let postgres = &stage.postgres;
                // Without space for its log, PostgreSQL has exited, or is about to.
                until_ok("PostgreSQL accepts writes", || async {
                    let runs = postgres.start_unless_running().await;
                    (runs && postgres.accepts_writes().await).then_some(())
                })
                .await;
            }
            Self::ServerKilled | Self::OneOfTwoServersKilled => stage.servers[0].start().await,
            Self::ServerSuspended => stage.servers[0].signal(Signal::CONT),
            Self::ClockForward | Self::ClockBack => stage.clock().set(0),
            Self::EverythingKilled => {
                stage.redis.restart_empty();
                stage.postgres.start().await;
                stage.servers[0].start().await;
            }
            _ => self.network(stage).0.set(Condition::Clear),
        }
    }

    /// Returns the network that a fault affects, and its condition; `None` if connections become half-open.
    fn network(self, stage: &Stage) -> (&TcpProxy, Option<Condition>) {
        match self {
            Self::RedisPartitioned => (&stage.to_redis, Some(Condition::Partitioned)),
            Self::RedisUnreachable => (&stage.to_redis, Some(Condition::Down)),
            Self::RedisSlow => (&stage.to_redis, Some(Condition::Poor)),
            Self::RedisHalfOpen => (&stage.to_redis, None),
            Self::DatabasePartitioned => (&stage.to_postgres, Some(Condition::Partitioned)),
            Self::DatabaseUnreachable => (&stage.to_postgres, Some(Condition::Down)),
            Self::DatabaseSlow => (&stage.to_postgres, Some(Condition::Poor)),
            Self::DatabaseHalfOpen => (&stage.to_postgres, None),
            _ => unreachable!("{self:?} does not affect the network"),
        }
    }
}

/// Sends a command to Redis, past the proxy.
async fn order(redis: &RedisServer, words: &[&str]) {
    let (mut command, mut connection) = (cmd(words[0]), redis.connection().await);
    let sent = command.arg(&words[1..]).exec_async(&mut connection).await;
    sent.expect("Redis executes the command");
}

#[test]
fn every_fault_has_its_own_title() {
    let titles: std::collections::BTreeSet<_> = Fault::ALL.map(Fault::title).into();
    assert_eq!(titles.len(), Fault::ALL.len());
}
