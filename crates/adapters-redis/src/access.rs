//! Credentials and encryption of connections.

use deadpool_redis::{ConnectionAddr, ConnectionInfo, ProtocolVersion, RedisConnectionInfo};
use secrecy::ExposeSecret as _;

use crate::url::{Login, Node};

/// Credentials and encryption of connections to servers of one kind.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    login: RedisConnectionInfo,
    tls: bool,
}

impl Access {
    pub(crate) fn new(login: Option<&Login>, database: u8, tls: bool) -> Self {
        Self {
            login: RedisConnectionInfo {
                db: database.into(),
                username: login.and_then(|login| login.user.clone()),
                password: login.map(|login| login.password.expose_secret().to_owned()),
                protocol: ProtocolVersion::RESP2,
            },
            tls,
        }
    }

    /// Returns the number of the database.
    pub(crate) const fn database(&self) -> i64 {
        self.login.db
    }

    /// Returns the parameters of connections to a server.
    pub(crate) fn to(&self, node: &Node) -> ConnectionInfo {
        let (host, port) = (node.host.clone(), node.port);
        let addr = if self.tls {
            ConnectionAddr::TcpTls {
                host,
                port,
                insecure: false,
            }
        } else {
            ConnectionAddr::Tcp(host, port)
        };
        ConnectionInfo {
            addr,
            redis: self.login.clone(),
        }
    }
}
