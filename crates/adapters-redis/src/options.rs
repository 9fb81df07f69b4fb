//! Which Redis, and how it is used.

use std::time::Duration;

use domain::VehicleId;
use fred::types::config::{Config, ServerConfig};

/// How the keys of one vehicle are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyStyle {
    /// `vehicle:{<uuid>}:position`: the braces are the hash tag of Redis Cluster, so that one vehicle's keys share a
    /// slot and can change in one step.
    #[default]
    Tagged,
    /// `vehicle:<uuid>:position`: for programs that were written before the braces. Not for a cluster.
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

    /// What all keys of a vehicle begin with.
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

/// What has to be known before anything is done.
#[derive(Clone)]
pub struct RedisOptions {
    /// Where, in one of the forms that fred documents: `redis://`, `redis-cluster://`, `redis-sentinel://`, each with
    /// `rediss` for TLS. User, password and database are in it: it is a secret.
    pub url: String,
    /// The most connections for commands; listening takes one more each.
    pub pool_size: usize,
    /// How keys are written.
    pub key_style: KeyStyle,
    /// How long a vehicle's keys outlive its last word; at least a second.
    pub key_ttl: Duration,
}

/// Why a Redis cannot be used so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRedisOptions {
    /// Not a URL, or not one of Redis.
    #[error("must be a URL such as redis://localhost:6379/0: {0}")]
    Url(String),
    /// Without hash tags a vehicle's keys lie on several nodes.
    #[error("key style plain is not for a Redis Cluster: a vehicle's keys would not share a slot")]
    PlainKeysInCluster,
    /// Nobody could ever send a command.
    #[error("pool size must be at least 1")]
    EmptyPool,
}

/// The schemes that are understood, each also with TLS.
const SCHEMES: [&str; 6] = [
    "redis",
    "rediss",
    "redis-cluster",
    "rediss-cluster",
    "redis-sentinel",
    "rediss-sentinel",
];

impl RedisOptions {
    /// What the URL says, as fred understands it.
    pub(crate) fn checked(&self) -> Result<Config, InvalidRedisOptions> {
        let scheme = self.url.split_once("://").map_or("", |(scheme, _)| scheme);
        if !SCHEMES.contains(&scheme) {
            return Err(InvalidRedisOptions::Url(format!(
                "its scheme is none of {}",
                SCHEMES.join(", ")
            )));
        }
        let config = Config::from_url(&self.url)
            .map_err(|error| InvalidRedisOptions::Url(error.details().to_owned()))?;
        if self.key_style == KeyStyle::Plain && matches!(config.server, ServerConfig::Clustered { .. }) {
            return Err(InvalidRedisOptions::PlainKeysInCluster);
        }
        if self.pool_size == 0 {
            return Err(InvalidRedisOptions::EmptyPool);
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("redis://127.0.0.1")]
    #[case("redis://user:p%40ss@127.0.0.1:6380/3")]
    #[case("rediss://redis.example.com")]
    #[case("redis-cluster://h1:7000?node=h2:7001&node=h3:7002")]
    #[case("redis-sentinel://h1:26379?node=h2:26379&sentinelServiceName=mymaster")]
    fn every_documented_form_of_url_will_do(#[case] url: &str) {
        assert!(options(url).checked().is_ok());
    }

    #[rstest]
    #[case("")]
    #[case("127.0.0.1:6379")]
    #[case("http://127.0.0.1:6379")]
    #[case("redis://")]
    #[case("redis://127.0.0.1/zero")]
    #[case("redis-sentinel://h1:26379")]
    fn nothing_else_will_do(#[case] url: &str) {
        assert!(matches!(options(url).checked(), Err(InvalidRedisOptions::Url(_))));
    }

    #[test]
    fn a_fault_does_not_tell_the_password() {
        let fault = options("redis://user:geheim@127.0.0.1/zero")
            .checked()
            .expect_err("a fault");
        assert!(!fault.to_string().contains("geheim"), "{fault}");
    }

    #[test]
    fn plain_keys_are_refused_in_a_cluster() {
        let plain = |url| RedisOptions {
            key_style: KeyStyle::Plain,
            ..options(url)
        };
        assert!(plain("redis://127.0.0.1").checked().is_ok());
        let fault = plain("redis-cluster://127.0.0.1:7000")
            .checked()
            .expect_err("a fault");
        assert_eq!(fault, InvalidRedisOptions::PlainKeysInCluster);
    }

    #[test]
    fn a_pool_is_not_empty() {
        let empty = RedisOptions {
            pool_size: 0,
            ..options("redis://127.0.0.1")
        };
        assert_eq!(
            empty.checked().expect_err("a fault"),
            InvalidRedisOptions::EmptyPool
        );
    }

    #[test]
    fn keys_are_written_as_agreed() {
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
            url: url.to_owned(),
            pool_size: 4,
            key_style: KeyStyle::Tagged,
            key_ttl: Duration::from_secs(60),
        }
    }
}
