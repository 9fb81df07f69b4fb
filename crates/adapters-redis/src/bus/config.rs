//! The configuration of fred, derived from the parts of a URL.

use fred::types::{
    RespVersion,
    config::{Config, Server, ServerConfig, TlsConnector},
};
use secrecy::ExposeSecret as _;

use crate::{
    options::InvalidRedisOptions,
    url::{Login, Node, RedisUrl},
};

/// Returns the configuration of connections to the servers of a URL. Each connection is to one server, which
/// [`with_server`] sets.
pub(crate) fn config(url: &RedisUrl) -> Result<Config, InvalidRedisOptions> {
    let connector = url.tls.then(TlsConnector::default_rustls).transpose();
    let connector = connector.map_err(|error| InvalidRedisOptions::Url(error.details().to_owned()))?;
    Ok(Config {
        username: quoted(&url.login, |login| login.user.as_deref()),
        password: quoted(&url.login, |login| Some(login.password.expose_secret())),
        database: Some(url.database).filter(|number| *number != 0),
        // RESP3 permits other commands on a subscribed connection; they are used to detect a dead connection.
        version: RespVersion::RESP3,
        // The first attempt to connect is repeated like any other.
        fail_fast: false,
        tls: connector.map(Into::into),
        ..Config::default()
    })
}

/// Returns the configuration of connections to this server. IPv6 addresses need no brackets: fred looks for the port
/// after the last colon.
pub(super) fn with_server(config: &Config, server: &Node) -> Config {
    Config {
        server: ServerConfig::Centralized {
            server: Server::new(server.host.clone(), server.port),
        },
        ..config.clone()
    }
}

/// Returns a part of the login, quoted as fred needs it.
///
/// With RESP3, fred logs in by sending `HELLO 3 AUTH user password` as one line of text, with the words as they are. A
/// space would end a word, and a line break would end the command. Redis accepts quoted words in such a line.
fn quoted<'a>(login: &'a Option<Login>, part: impl Fn(&'a Login) -> Option<&'a str>) -> Option<String> {
    let text = login.as_ref().and_then(part)?;
    let bytes = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        other => format!("\\x{other:02x}"),
    });
    Some(format!("\"{}\"", bytes.collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_password_are_quoted_for_a_redis_command_line() {
        let url: RedisUrl = "redis://us%20er:p%22%0D%0A%C3%A9@h".parse().expect("a URL");
        let config = config(&url).expect("a configuration");
        assert_eq!(config.username.as_deref(), Some(r#""us\x20er""#));
        assert_eq!(config.password.as_deref(), Some(r#""p\x22\x0d\x0a\xc3\xa9""#));
    }
}
