//! Where Redis is. A fault never repeats the URL: there may be a password in it.

use secrecy::SecretString;
use url::Url;

use super::value::Parsed;

/// A Redis URL of one server, of a cluster or of a sentinel's service, as fred documents them
/// (<https://docs.rs/fred/10.1.0/fred/types/config/struct.Config.html#method.from_url>).
pub fn redis_url(text: &str) -> Parsed<SecretString> {
    let fault = || {
        "must be a URL such as redis://user:password@host:6379/0, redis-cluster://host:6379?node=host:6380 \
         or redis-sentinel://host:26379?node=host:26380&sentinelServiceName=mymaster, or rediss… for TLS"
            .to_owned()
    };
    let url = Url::parse(text).map_err(|_| fault())?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err(fault());
    }
    let database = database(&url)?;
    match url.scheme() {
        "redis" | "rediss" => {}
        "redis-cluster" | "rediss-cluster" => {
            if database != 0 {
                return Err("must not name a database: a Redis Cluster has only database 0".to_owned());
            }
            check_nodes(&url)?;
        }
        "redis-sentinel" | "rediss-sentinel" => {
            if !parameters(&url, "sentinelServiceName").any(|name| !name.is_empty()) {
                return Err("must name the sentinels' service: …?sentinelServiceName=mymaster".to_owned());
            }
            check_nodes(&url)?;
        }
        _ => return Err(fault()),
    }
    Ok(text.into())
}

/// Whether a Redis URL is that of a cluster.
pub fn is_cluster(redis_url: &str) -> bool {
    redis_url
        .split_once("://")
        .is_some_and(|(scheme, _)| scheme.ends_with("-cluster"))
}

/// The database's number, 0 when none is named.
fn database(url: &Url) -> Parsed<u8> {
    match url.path().trim_start_matches('/') {
        "" => Ok(0),
        number => number
            .parse()
            .map_err(|_| "must name the database by its number, from 0 to 255".to_owned()),
    }
}

/// Each further node must be a host and a port.
fn check_nodes(url: &Url) -> Parsed<()> {
    for node in parameters(url, "node") {
        let parts = node.rsplit_once(':');
        if !parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok()) {
            return Err(format!("must give each node as host:port, not {node:?}"));
        }
    }
    Ok(())
}

fn parameters<'a>(url: &'a Url, wanted: &'a str) -> impl Iterator<Item = String> + 'a {
    url.query_pairs()
        .filter(move |(name, _)| name == wanted)
        .map(|(_, value)| value.into_owned())
}
