//! The options of the adapter.

use std::{num::NonZero, time::Duration};

use domain::VehicleId;

use crate::url::RedisUrl;

/// Format of vehicles' keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyStyle {
    /// `vehicle:{<uuid>}:position`: the braces are the hash tag of Redis Cluster, so that one vehicle's keys share a
    /// slot and can change in one step.
    #[default]
    Tagged,
    /// `vehicle:<uuid>:position`: for other programs that use keys without a hash tag. Redis Cluster is not supported.
    Plain,
}

impl KeyStyle {
    pub(crate) fn position(self, id: VehicleId) -> String {
        self.key(id, "position")
    }

    pub(crate) fn state(self, id: VehicleId) -> String {
        self.key(id, "state")
    }

    pub(crate) fn last_update(self, id: VehicleId) -> String {
        self.key(id, "last_update")
    }

    /// Returns the common prefix of all keys of a vehicle.
    pub(crate) fn stem(self, id: VehicleId) -> String {
        match self {
            Self::Tagged => format!("vehicle:{{{id}}}"),
            Self::Plain => format!("vehicle:{id}"),
        }
    }

    fn key(self, id: VehicleId, part: &str) -> String {
        format!("{}:{part}", self.stem(id))
    }
}

/// Options of the adapter.
#[derive(Clone)]
pub struct RedisOptions {
    /// Addresses and credentials.
    pub url: RedisUrl,
    /// Maximum number of connections for commands (in a cluster, to each master). Each subscriber has its own
    /// connections in addition.
    pub pool_size: usize,
    pub key_style: KeyStyle,
    /// Number of shards of each channel on which robots publish. With 1, there are only the plain channels.
    pub channel_shards: NonZero<u16>,
    /// Lifetime of a vehicle's keys after its last message.
    pub key_ttl: Duration,
}

/// Error in [`RedisOptions`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRedisOptions {
    /// No client can be configured with the URL.
    #[error("the URL cannot be used: {0}")]
    Url(String),
    /// Without a hash tag, the keys of a vehicle could be on several nodes, and could not change in one step.
    #[error(
        "key style plain cannot be used with Redis Cluster: the keys of a vehicle would not share a slot"
    )]
    PlainKeysInCluster,
    /// The pool would have no connections.
    #[error("pool size must be at least 1")]
    EmptyPool,
}

impl RedisOptions {
    /// Rejects plain keys in a cluster, and an empty pool.
    pub(crate) fn check(&self) -> Result<(), InvalidRedisOptions> {
        if self.key_style == KeyStyle::Plain && self.url.is_cluster() {
            return Err(InvalidRedisOptions::PlainKeysInCluster);
        }
        if self.pool_size == 0 {
            return Err(InvalidRedisOptions::EmptyPool);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_keys_are_refused_in_a_cluster() {
        let plain = |url| RedisOptions {
            key_style: KeyStyle::Plain,
            ..options(url)
        };
        assert!(plain("redis://127.0.0.1").check().is_ok());
        let fault = plain("redis-cluster://127.0.0.1:7000")
            .check()
            .expect_err("a fault");
        assert_eq!(fault, InvalidRedisOptions::PlainKeysInCluster);
    }

    #[test]
    fn an_empty_pool_is_refused() {
        let empty = RedisOptions {
            pool_size: 0,
            ..options("redis://127.0.0.1")
        };
        assert_eq!(
            empty.check().expect_err("a fault"),
            InvalidRedisOptions::EmptyPool
        );
    }

    #[test]
    fn keys_are_spelled_as_documented() {
        let id: VehicleId = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70".parse().expect("an id");
        assert_eq!(
            KeyStyle::Tagged.position(id),
            "vehicle:{0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70}:position"
        );
        assert_eq!(
            KeyStyle::Tagged.state(id),
            "vehicle:{0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70}:state"
        );
        assert_eq!(
            KeyStyle::Plain.last_update(id),
            "vehicle:0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70:last_update"
        );
    }

    fn options(url: &str) -> RedisOptions {
        RedisOptions {
            url: url.parse().expect("a URL"),
            pool_size: 4,
            key_style: KeyStyle::Tagged,
            channel_shards: NonZero::<u16>::MIN,
            key_ttl: Duration::from_secs(60),
        }
    }
}
