//! Where PostgreSQL and Redis are. A fault never repeats the URL: there may be a password in it.

use tokio_postgres::config::Host;
use url::Url;

use super::value::Parsed;

/// A PostgreSQL URL, as its driver reads it.
pub fn postgres_url(text: &str) -> Parsed<()> {
    if !["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| text.starts_with(scheme))
    {
        return Err("must be a URL such as postgres://user:password@host:5432/database".to_owned());
    }
    let config: tokio_postgres::Config = text
        .parse()
        .map_err(|error: tokio_postgres::Error| format!("must be a PostgreSQL URL: {error}"))?;
    let names_host = config.get_hosts().iter().any(|host| match host {
        Host::Tcp(name) => !name.is_empty(),
        #[cfg(unix)]
        Host::Unix(_) => true,
    });
    if !names_host && config.get_hostaddrs().is_empty() {
        return Err("must name a host".to_owned());
    }
    if config.get_dbname().is_none_or(str::is_empty) {
        return Err("must name a database behind the host".to_owned());
    }
    Ok(())
}

/// A Redis URL of one server, of a cluster or of a sentinel's service, as fred documents them
/// (<https://docs.rs/fred/10.1.0/fred/types/config/struct.Config.html#method.from_url>).
pub fn redis_url(text: &str) -> Parsed<()> {
    let fault = || {
        "must be a URL such as redis://user:password@host:6379/0, redis-cluster://host:6379?node=host:6380 \
         or redis-sentinel://host:26379?node=host:26380&sentinelServiceName=mymaster, or rediss… for TLS"
            .to_owned()
    };
    let url = Url::parse(text).map_err(|_| fault())?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err(fault());
    }
    let database = url.path().trim_start_matches('/');
    let has_database = !matches!(database, "" | "0");
    if has_database && database.parse::<u8>().is_err() {
        return Err("must name the database by its number, from 0 to 255".to_owned());
    }
    match url.scheme() {
        "redis" | "rediss" => Ok(()),
        "redis-cluster" | "rediss-cluster" if has_database => {
            Err("must not name a database: a Redis Cluster has only database 0".to_owned())
        }
        "redis-cluster" | "rediss-cluster" => sound_nodes(&url),
        "redis-sentinel" | "rediss-sentinel" => {
            let mut parameters = url.query_pairs();
            if !parameters.any(|(name, value)| name == "sentinelServiceName" && !value.is_empty()) {
                return Err("must name the sentinels' service: …?sentinelServiceName=mymaster".to_owned());
            }
            sound_nodes(&url)
        }
        _ => Err(fault()),
    }
}

/// Whether a Redis URL is that of a cluster.
pub fn is_cluster(redis_url: &str) -> bool {
    redis_url
        .split_once("://")
        .is_some_and(|(scheme, _)| scheme.ends_with("-cluster"))
}

/// Each further node is a host and a port.
fn sound_nodes(url: &Url) -> Parsed<()> {
    let is_sound = |node: &str| {
        node.rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
    };
    match url
        .query_pairs()
        .find(|(name, value)| name == "node" && !is_sound(value))
    {
        Some((_, node)) => Err(format!("must give each node as host:port, not {node:?}")),
        None => Ok(()),
    }
}
