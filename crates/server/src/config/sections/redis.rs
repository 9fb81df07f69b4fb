//! The `REDIS__*` settings.

use std::num::NonZero;

use adapters_redis::{KeyStyle, RedisUrl};

use crate::config::{
    reader::Reader,
    shape::Shape,
    value::{number, one_of, parsed},
};

/// The `REDIS__*` settings.
#[derive(Debug, Clone)]
pub struct Redis {
    /// URL of a Redis server, cluster or Sentinel service; `None` for the embedded store.
    pub url: Option<RedisUrl>,
    /// Maximum number of connections for commands (in a cluster, to each master). Pub/Sub uses separate connections.
    pub pool_size: usize,
    /// Form of the names of vehicles' keys, with or without a hash tag for clusters.
    pub key_style: KeyStyle,
    /// Number of shards of each channel on which robots publish. With 1 there are only the plain channels.
    pub channel_shards: NonZero<u16>,
}

impl Redis {
    /// Maximum number of shards. Every server subscribes to all of them.
    const MAX_SHARDS: NonZero<u16> = NonZero::new(1_024).expect("not zero");

    pub(in crate::config) fn read(from: &mut Reader) -> Self {
        const STYLES: &[(&str, KeyStyle)] = &[("tagged", KeyStyle::Tagged), ("plain", KeyStyle::Plain)];
        let url = from.store_of_production(
            "REDIS__URL",
            "URL of Redis; without it, the embedded store is used, which receives no messages from robots outside the \
             process",
            parsed(Shape::text_like(
                "a URL that begins with redis://, redis-cluster:// or redis-sentinel://, or with rediss instead of \
                 redis for TLS; valkey and valkeys are accepted in place of redis and rediss",
                "([Rr][Ee][Dd][Ii][Ss]|[Vv][Aa][Ll][Kk][Ee][Yy])[Ss]?\
                 (-[Cc][Ll][Uu][Ss][Tt][Ee][Rr]|-[Ss][Ee][Nn][Tt][Ii][Nn][Ee][Ll])?://.+",
            )),
        );
        let key_style = from.value(
            "REDIS__KEY_STYLE",
            "Form of key names: `vehicle:{<uuid>}:position` (tagged) or `vehicle:<uuid>:position` (plain); a \
             cluster requires `tagged`",
            "tagged",
            one_of(STYLES),
        );
        let is_cluster = url.as_ref().is_some_and(RedisUrl::is_cluster);
        from.rule(&["REDIS__KEY_STYLE", "REDIS__URL"], key_style == KeyStyle::Tagged || !is_cluster, || {
            "must be tagged for Redis Cluster: in plain style, the keys of a vehicle are in different slots and \
             cannot be updated atomically"
                .to_owned()
        });
        Self {
            url,
            pool_size: from.value(
                "REDIS__POOL_SIZE",
                "Maximum number of connections that a server uses for commands (in a cluster, for each master); \
                 Pub/Sub uses separate connections",
                "8",
                number(1..=1000),
            ),
            key_style,
            channel_shards: from.value(
                "REDIS__CHANNEL_SHARDS",
                "Number of shards into which the robots' channels are divided; above 1, the server also subscribes \
                 to sharded channels, which require Redis 7",
                "1",
                number(NonZero::<u16>::MIN..=Self::MAX_SHARDS),
            ),
        }
    }
}
