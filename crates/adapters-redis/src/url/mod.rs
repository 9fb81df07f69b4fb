//! The URL of Redis.

use std::{borrow::Cow, fmt, net::Ipv6Addr, str::FromStr};

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

/// Parsed Redis URL, from which both clients are configured.
///
/// ```text
/// redis://[[user]:password@]host[:port][/database]
/// redis-cluster://[[user]:password@]host[:port]?node=host:port&node=…
/// redis-sentinel://[[user]:password@]host[:port][/database]?sentinelServiceName=name&node=host:port&…
///     [&sentinelUsername=…][&sentinelPassword=…]
/// ```
///
/// `rediss` instead of `redis` means TLS; `valkey` and `valkeys` are aliases of the two. A host is a name,
/// an IPv4 address, or an IPv6 address in brackets. Special characters are percent-encoded. No part is ignored: a
/// parameter that is unknown, or has no meaning for this kind of Redis, is an error.
#[derive(Debug, Clone)]
pub struct RedisUrl {
    pub(crate) topology: Topology,
    pub(crate) tls: bool,
    /// Credentials for the servers that hold the data.
    pub(crate) login: Option<Login>,
    pub(crate) database: u8,
}

/// Kind of Redis and its addresses.
#[derive(Debug, Clone)]
pub(crate) enum Topology {
    Single(Node),
    /// A cluster, given by the nodes to contact first; at least one.
    Cluster(Vec<Node>),
    /// A master named by sentinels.
    Sentinel {
        /// Sentinels, at least one.
        sentinels: Vec<Node>,
        /// Name of the master.
        service: String,
        /// Credentials for the sentinels.
        login: Option<Login>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Node {
    /// A name or an address; IPv6 addresses without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

#[derive(Debug, Clone)]
pub(crate) struct Login {
    /// User name; `None` for Redis's default user.
    pub(crate) user: Option<String>,
    pub(crate) password: SecretString,
}

/// Error in a [`RedisUrl`]. The messages never contain a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRedisUrl {
    /// The text is not a URL, its scheme is unknown, or it has no host.
    #[error(
        "must be a URL such as redis://user:password@host:6379/0, redis-cluster://host:6379?node=host:6380 \
         or redis-sentinel://host:26379?node=host:26380&sentinelServiceName=mymaster, with rediss instead of redis \
         for TLS; special characters in user and password must be percent-encoded"
    )]
    Malformed,
    /// The URL names a Unix socket (`redis+unix://…`).
    #[error("must specify a host, such as redis://host:6379: Unix sockets are not supported")]
    UnixSocket,
    /// The host is neither a name nor an address.
    #[error("must specify the host as a name, an IPv4 address, or an IPv6 address in brackets")]
    Host,
    /// The port is 0.
    #[error("must not specify port 0")]
    PortZero,
    /// A `%` is not followed by two hexadecimal digits, or the bytes are not UTF-8.
    #[error("must be percent-encoded UTF-8 in the {0}; encode % as %25")]
    Encoding(&'static str),
    /// A user name without a password, which both clients would ignore.
    #[error(
        "must specify a password with the {0} (any text if the user has no password); \
         to use a password alone, leave out the {0}"
    )]
    NoPassword(&'static str),
    /// The path is not a number from 0 to 255.
    #[error("must specify the database as a number from 0 to 255, as in redis://host:6379/3")]
    Database,
    /// A cluster's URL names a database other than 0.
    #[error("must not specify a database: Redis Cluster only has database 0")]
    DatabaseOfCluster,
    /// The URL has a fragment (`#…`).
    #[error("must not contain a fragment (#); encode # in a password as %23")]
    Fragment,
    /// A parameter is unknown.
    #[error("unknown parameter {0}")]
    UnknownParameter(String),
    /// A parameter belongs to another kind of Redis.
    #[error("must not contain the parameter {0} with {1}://")]
    UselessParameter(&'static str, &'static str),
    /// A parameter that is allowed once occurs twice.
    #[error("must not repeat the parameter {0}")]
    Twice(&'static str),
    /// A parameter has no value.
    #[error("must specify a value for the parameter {0}")]
    Empty(&'static str),
    /// A node does not have the form `host:port`.
    #[error("must specify each node as host:port, such as node=redis-2:6379 or node=[fd00::2]:6379")]
    Node,
    /// A node is named twice.
    #[error("must not repeat the node {0}")]
    NodeTwice(String),
    /// The service of the sentinels is missing.
    #[error("must specify the Sentinel service: …?sentinelServiceName=mymaster")]
    NoService,
}

impl RedisUrl {
    /// Returns `true` for the URL of a cluster.
    #[must_use]
    pub const fn is_cluster(&self) -> bool {
        matches!(self.topology, Topology::Cluster(_))
    }
}

impl FromStr for RedisUrl {
    type Err = InvalidRedisUrl;

    fn from_str(text: &str) -> Result<Self, InvalidRedisUrl> {
        let url = Url::parse(text).map_err(|_| InvalidRedisUrl::Malformed)?;
        let scheme = Scheme::of(url.scheme())?;
        let first = Node {
            host: host(url.host_str().unwrap_or_default())?,
            port: url.port().unwrap_or(scheme.kind.default_port()),
        };
        if first.port == 0 {
            return Err(InvalidRedisUrl::PortZero);
        }
        if url.fragment().is_some() {
            return Err(InvalidRedisUrl::Fragment);
        }
        let login = login(
            Some(url.username()).filter(|user| !user.is_empty()),
            url.password().filter(|password| !password.is_empty()),
            ["user", "password"],
        )?;
        let database = database(url.path())?;
        let parameters = Parameters::read(url.query().unwrap_or_default(), scheme.kind)?;
        let topology = match scheme.kind {
            Kind::Single => Topology::Single(first),
            Kind::Cluster if database != 0 => return Err(InvalidRedisUrl::DatabaseOfCluster),
            Kind::Cluster => Topology::Cluster(parameters.with_nodes(first)?),
            Kind::Sentinel => Topology::Sentinel {
                service: parameters
                    .text(SERVICE)?
                    .ok_or(InvalidRedisUrl::NoService)?
                    .into_owned(),
                login: parameters.sentinel_login()?,
                sentinels: parameters.with_nodes(first)?,
            },
        };
        Ok(Self {
            topology,
            tls: scheme.tls,
            login,
            database,
        })
    }
}

impl fmt::Display for RedisUrl {
    /// Writes the addresses, the database and the Sentinel service, without users and passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, nodes, service) = match &self.topology {
            Topology::Single(node) => ("", std::slice::from_ref(node), None),
            Topology::Cluster(nodes) => ("-cluster", &nodes[..], None),
            Topology::Sentinel {
                sentinels, service, ..
            } => ("-sentinel", &sentinels[..], Some(service)),
        };
        let scheme = if self.tls { "rediss" } else { "redis" };
        write!(f, "{scheme}{kind}://")?;
        for (index, node) in nodes.iter().enumerate() {
            write!(f, "{}{node}", if index == 0 { "" } else { "," })?;
        }
        write!(f, "/{}", self.database)?;
        service.map_or(Ok(()), |service| write!(f, " ({service})"))
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        match host.contains(':') {
            true => write!(f, "[{host}]:{port}"),
            false => write!(f, "{host}:{port}"),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Single,
    Cluster,
    Sentinel,
}

impl Kind {
    const fn default_port(self) -> u16 {
        match self {
            Self::Single | Self::Cluster => 6379,
            Self::Sentinel => 26379,
        }
    }

    const fn scheme(self) -> &'static str {
        match self {
            Self::Single => "redis",
            Self::Cluster => "redis-cluster",
            Self::Sentinel => "redis-sentinel",
        }
    }
}

struct Scheme {
    kind: Kind,
    tls: bool,
}

impl Scheme {
    fn of(scheme: &str) -> Result<Self, InvalidRedisUrl> {
        let (family, kind) = match scheme.split_once('-') {
            None => (scheme, Kind::Single),
            Some((family, "cluster")) => (family, Kind::Cluster),
            Some((family, "sentinel")) => (family, Kind::Sentinel),
            Some(_) => return Err(InvalidRedisUrl::Malformed),
        };
        match family {
            "redis" | "valkey" => Ok(Self { kind, tls: false }),
            "rediss" | "valkeys" => Ok(Self { kind, tls: true }),
            "redis+unix" | "valkey+unix" | "unix" => Err(InvalidRedisUrl::UnixSocket),
            _ => Err(InvalidRedisUrl::Malformed),
        }
    }
}

const NODE: &str = "node";
const SERVICE: &str = "sentinelServiceName";
const SENTINEL_USER: &str = "sentinelUsername";
const SENTINEL_PASSWORD: &str = "sentinelPassword";

/// Parameters of a query, all of them known and valid for the kind of Redis.
struct Parameters<'a>(Vec<(&'static str, &'a str)>);

impl<'a> Parameters<'a> {
    fn read(query: &'a str, kind: Kind) -> Result<Self, InvalidRedisUrl> {
        let mut found: Vec<(&str, &str)> = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let known = [NODE, SERVICE, SENTINEL_USER, SENTINEL_PASSWORD];
            let Some(name) = known.into_iter().find(|known| *known == name) else {
                return Err(InvalidRedisUrl::UnknownParameter(hint_at(name, &known)));
            };
            let is_useful = match kind {
                Kind::Single => false,
                Kind::Cluster => name == NODE,
                Kind::Sentinel => true,
            };
            if !is_useful {
                return Err(InvalidRedisUrl::UselessParameter(name, kind.scheme()));
            }
            if value.is_empty() {
                return Err(InvalidRedisUrl::Empty(name));
            }
            if name != NODE && found.iter().any(|(other, _)| *other == name) {
                return Err(InvalidRedisUrl::Twice(name));
            }
            found.push((name, value));
        }
        Ok(Self(found))
    }

    fn text(&self, name: &'static str) -> Result<Option<Cow<'a, str>>, InvalidRedisUrl> {
        let value = self.0.iter().find(|(found, _)| *found == name);
        value.map(|(_, value)| decoded(value, name)).transpose()
    }

    fn sentinel_login(&self) -> Result<Option<Login>, InvalidRedisUrl> {
        let value = |name| {
            self.0
                .iter()
                .find(|(found, _)| *found == name)
                .map(|(_, value)| *value)
        };
        login(
            value(SENTINEL_USER),
            value(SENTINEL_PASSWORD),
            [SENTINEL_USER, SENTINEL_PASSWORD],
        )
    }

    /// Returns the first node and those named by parameters.
    fn with_nodes(&self, first: Node) -> Result<Vec<Node>, InvalidRedisUrl> {
        let mut nodes = vec![first];
        for (_, value) in self.0.iter().filter(|(name, _)| *name == NODE) {
            let node = node(&decoded(value, NODE)?)?;
            if nodes.contains(&node) {
                return Err(InvalidRedisUrl::NodeTwice(node.to_string()));
            }
            nodes.push(node);
        }
        Ok(nodes)
    }
}

/// Returns a parameter's name with a suggestion. Text that does not look like a name may be a part of an unencoded
/// password, and is therefore not repeated.
fn hint_at(name: &str, known: &[&str]) -> String {
    let is_a_name = name.len() <= 40
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_a_name {
        return "after the ?; encode ? in a password as %3F".to_owned();
    }
    match known.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        Some(known) => format!("{name}; did you mean {known}?"),
        None if name == "db" || name == "database" => {
            format!("{name}; specify the database in the path, as in redis://host:6379/3")
        }
        None => name.to_owned(),
    }
}

fn login(
    user: Option<&str>,
    password: Option<&str>,
    [user_part, password_part]: [&'static str; 2],
) -> Result<Option<Login>, InvalidRedisUrl> {
    let Some(password) = password else {
        return match user {
            None => Ok(None),
            Some(_) => Err(InvalidRedisUrl::NoPassword(user_part)),
        };
    };
    let user = user.map(|user| decoded(user, user_part)).transpose()?;
    Ok(Some(Login {
        user: user.map(Cow::into_owned),
        password: decoded(password, password_part)?.into_owned().into(),
    }))
}

fn database(path: &str) -> Result<u8, InvalidRedisUrl> {
    let number = path.strip_prefix('/').unwrap_or(path);
    if number.is_empty() {
        return Ok(0);
    }
    // `parse` would accept "+3".
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidRedisUrl::Database);
    }
    number.parse().map_err(|_| InvalidRedisUrl::Database)
}

fn node(text: &str) -> Result<Node, InvalidRedisUrl> {
    let (host_text, port) = text.rsplit_once(':').ok_or(InvalidRedisUrl::Node)?;
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let port = port
        .parse()
        .ok()
        .filter(|_| is_number)
        .ok_or(InvalidRedisUrl::Node)?;
    if port == 0 {
        return Err(InvalidRedisUrl::PortZero);
    }
    Ok(Node {
        host: host(host_text).map_err(|_| InvalidRedisUrl::Node)?,
        port,
    })
}

/// Checks a host: a name, an IPv4 address, or an IPv6 address in brackets. Returns it without the brackets.
fn host(text: &str) -> Result<String, InvalidRedisUrl> {
    if let Some(address) = text.strip_prefix('[') {
        let address = address
            .strip_suffix(']')
            .and_then(|address| address.parse::<Ipv6Addr>().ok());
        return address
            .map(|address| address.to_string())
            .ok_or(InvalidRedisUrl::Host);
    }
    let is_host = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    match text {
        "" => Err(InvalidRedisUrl::Malformed),
        _ if is_host => Ok(text.to_owned()),
        _ => Err(InvalidRedisUrl::Host),
    }
}

fn decoded<'a>(text: &'a str, part: &'static str) -> Result<Cow<'a, str>, InvalidRedisUrl> {
    let is_sound = text.split('%').skip(1).all(|behind| {
        let digits = behind.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    let decoded = percent_decode_str(text).decode_utf8();
    decoded
        .ok()
        .filter(|_| is_sound)
        .ok_or(InvalidRedisUrl::Encoding(part))
}

#[cfg(test)]
mod tests;
