//! The URL of the database.

use std::{fmt, io, path::PathBuf, str::FromStr, time::Duration};

use diesel::{
    ConnectionError, ConnectionResult,
    result::{DatabaseErrorKind, Error as QueryError},
};
use diesel_async::AsyncPgConnection;
use percent_encoding::percent_decode_str;
use tokio_postgres::{
    config::{Host, SslMode},
    error::SqlState,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::tls;

/// `postgres://` URL as in libpq: `postgres://user:password@host:port/database?sslmode=…`.
///
/// * `sslmode=disable`: no TLS.
/// * `sslmode=prefer`, the default: TLS if the server offers it, with any certificate.
/// * `sslmode=require`, `verify-ca` and `verify-full`: TLS with a certificate for the host's name that chains to a
///   root. This is stricter than libpq, whose `require` accepts any certificate and only protects against
///   eavesdroppers.
/// * `sslrootcert=<PEM file>`: the root certificates; Mozilla's if it is omitted or `system`.
///
/// Other parameters are those of [`tokio_postgres::Config`].
#[derive(Clone)]
pub struct DatabaseUrl {
    config: tokio_postgres::Config,
    tls: MakeRustlsConnect,
}

/// Error in a [`DatabaseUrl`]. The messages never contain the password.
#[derive(Debug, thiserror::Error)]
pub enum InvalidDatabaseUrl {
    /// The scheme is missing or is not that of PostgreSQL.
    #[error("must begin with postgres:// or postgresql://")]
    NotPostgres,
    /// A part cannot be parsed, or a parameter is unknown.
    #[error("the URL is malformed: {0}")]
    Malformed(String),
    /// A part cannot be parsed, and the message about it could repeat a part of a password that contains `@`.
    #[error("the URL is malformed: special characters in user and password must be percent-encoded")]
    Unencoded,
    /// The host is missing.
    #[error("must specify a host")]
    NoHost,
    /// Root certificates are given with an `sslmode` that does not verify any.
    #[error(
        "sslrootcert has no effect with this sslmode: also set sslmode=require, verify-ca or verify-full"
    )]
    UselessRootCertificates,
    /// The file of root certificates cannot be read, is invalid, or contains none.
    #[error("cannot load sslrootcert {path}: {reason}")]
    RootCertificates { path: PathBuf, reason: io::Error },
}

impl DatabaseUrl {
    /// Idle time after which a connection is probed, before a firewall forgets it.
    const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);

    /// Returns the role to connect as; `None` if the URL names none.
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        self.config.get_user()
    }

    /// Returns the name of the database; `None` if the URL names none.
    pub(crate) fn database(&self) -> Option<&str> {
        self.config.get_dbname()
    }

    /// Returns the host and the port of the server, the first one if the URL names several.
    pub(crate) fn server(&self) -> Option<(String, u16)> {
        self.servers().next()
    }

    /// Returns the hosts and their ports.
    fn servers(&self) -> impl Iterator<Item = (String, u16)> {
        const DEFAULT_PORT: u16 = 5_432;
        let ports = self.config.get_ports();
        // A single port is that of all hosts.
        let port_of = move |index| ports.get(index).or(ports.first()).copied();
        let hosts = self.config.get_hosts().iter().enumerate();
        hosts.map(move |(index, host)| (host_text(host), port_of(index).unwrap_or(DEFAULT_PORT)))
    }

    /// Opens a connection. There is no timeout; callers have to limit the time.
    pub(crate) async fn dial(&self) -> ConnectionResult<AsyncPgConnection> {
        let (client, connection) = self
            .config
            .connect(self.tls.clone())
            .await
            .map_err(connection_error)?;
        AsyncPgConnection::try_from_client_and_connection(client, connection).await
    }
}

fn connection_error(error: tokio_postgres::Error) -> ConnectionError {
    if let Some(refusal) = error.as_db_error() {
        // The server is starting up or shutting down, and serves no client.
        if *refusal.code() == SqlState::CANNOT_CONNECT_NOW {
            return ConnectionError::BadConnection(refusal.to_string());
        }
        let information = Box::new(refusal.to_string());
        let refusal = QueryError::DatabaseError(DatabaseErrorKind::Unknown, information);
        return ConnectionError::CouldntSetupConfiguration(refusal);
    }
    let reason = std::error::Error::source(&error).map(|source| format!(": {source}"));
    ConnectionError::BadConnection(format!("{error}{}", reason.unwrap_or_default()))
}

/// Returns `true` if no connection could be established, or the server is starting up or shutting down. Returns `false`
/// if the server refused this connection, because of wrong credentials, an unknown database or too many connections.
pub(crate) fn is_unreachable(error: &ConnectionError) -> bool {
    matches!(error, ConnectionError::BadConnection(_))
}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    /// Parses a URL, and reads the file of root certificates that it names.
    fn from_str(text: &str) -> Result<Self, InvalidDatabaseUrl> {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(InvalidDatabaseUrl::NotPostgres);
        }
        let TlsParameters {
            url,
            root_certificates,
            names_roots,
        } = TlsParameters::taken_from(text);
        let mut config: tokio_postgres::Config = url.parse().map_err(|error: tokio_postgres::Error| {
            if text.matches('@').count() > 1 {
                return InvalidDatabaseUrl::Unencoded;
            }
            let reason =
                std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            InvalidDatabaseUrl::Malformed(reason)
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(InvalidDatabaseUrl::NoHost);
        }
        if config.get_application_name().is_none() {
            config.application_name("fleetwatch");
        }
        if config.get_keepalives_idle() == tokio_postgres::Config::new().get_keepalives_idle() {
            config.keepalives_idle(Self::KEEPALIVE_IDLE);
        }
        let tls = match (config.get_ssl_mode(), root_certificates) {
            (SslMode::Disable | SslMode::Prefer, _) if names_roots => {
                return Err(InvalidDatabaseUrl::UselessRootCertificates);
            }
            (SslMode::Disable | SslMode::Prefer, _) => tls::unverified(),
            (_, None) => tls_client::verified(tls_client::public_roots()),
            (_, Some(path)) => tls_client::verified(
                tls_client::roots_in(&path)
                    .map_err(|reason| InvalidDatabaseUrl::RootCertificates { path, reason })?,
            ),
        };
        Ok(Self {
            config,
            tls: MakeRustlsConnect::new(tls),
        })
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for DatabaseUrl {
    /// Writes the hosts with their ports, and the database, without user, password and parameters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let servers = self.servers().map(|(host, port)| match host.contains(':') {
            true => format!("[{host}]:{port}"),
            false => format!("{host}:{port}"),
        });
        let servers: Vec<_> = servers.collect();
        write!(
            f,
            "postgres://{}/{}",
            servers.join(","),
            self.config.get_dbname().unwrap_or_default()
        )
    }
}

fn host_text(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(path) => path.display().to_string(),
    }
}

/// TLS parameters that libpq knows and [`tokio_postgres::Config`] does not.
struct TlsParameters {
    /// URL without these parameters.
    url: String,
    root_certificates: Option<PathBuf>,
    /// Whether `sslrootcert` occurs at all, `system` included.
    names_roots: bool,
}

impl TlsParameters {
    fn taken_from(text: &str) -> Self {
        let Some((base, query)) = text.split_once('?') else {
            return Self {
                url: text.to_owned(),
                root_certificates: None,
                names_roots: false,
            };
        };
        let (mut root_certificates, mut names_roots) = (None, false);
        let mut parameters = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            names_roots |= parameter.starts_with("sslrootcert=");
            match parameter.split_once('=') {
                Some(("sslrootcert", "system")) => root_certificates = None,
                Some(("sslrootcert", path)) => {
                    root_certificates = Some(percent_decode_str(path).decode_utf8_lossy().as_ref().into());
                }
                Some(("sslmode", "verify-ca" | "verify-full")) => parameters.push("sslmode=require"),
                _ => parameters.push(parameter),
            }
        }
        Self {
            url: format!("{base}?{}", parameters.join("&")),
            root_certificates,
            names_roots,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", "must begin with postgres:// or postgresql://")]
    #[case(
        "mysql://u:secret@localhost/fleet",
        "must begin with postgres:// or postgresql://"
    )]
    #[case("host=localhost", "must begin with postgres:// or postgresql://")]
    #[case("postgres://", "must specify a host")]
    #[case("postgres:///fleet", "must specify a host")]
    #[case(
        "postgres://u:secret@localhost:port/fleet",
        "the URL is malformed: invalid value for option `port`"
    )]
    #[case(
        "postgres://u:secret@localhost/fleet?colour=red",
        "the URL is malformed: unknown option `colour`"
    )]
    #[case(
        "postgres://u:p@h?secret=1@localhost/fleet",
        "the URL is malformed: special characters in user and password must be percent-encoded"
    )]
    #[case(
        "postgres://u:secret@localhost/fleet?sslmode=sometimes",
        "the URL is malformed: invalid value for option `sslmode`"
    )]
    #[case(
        "postgres://u:secret@localhost/fleet?sslrootcert=system",
        "sslrootcert has no effect with this sslmode: also set sslmode=require, verify-ca or verify-full"
    )]
    fn a_fault_of_a_url_is_reported_without_its_password(#[case] text: &str, #[case] expected: &str) {
        let error = text.parse::<DatabaseUrl>().expect_err("an error");
        assert_eq!(error.to_string(), expected);
    }

    #[rstest]
    #[case("postgres://u:secret@localhost/fleet", SslMode::Prefer)]
    #[case("postgres://u:a%20b%22%3F@[::1]:5432/fleet", SslMode::Prefer)]
    #[case("postgresql://u:secret@localhost/fleet?sslmode=disable", SslMode::Disable)]
    #[case(
        "postgres://u@localhost/fleet?sslmode=require&connect_timeout=3",
        SslMode::Require
    )]
    #[case(
        "postgres://u@localhost/fleet?sslmode=verify-full&sslrootcert=system",
        SslMode::Require
    )]
    fn tls_is_preferred_unless_the_url_says_otherwise(#[case] text: &str, #[case] expected: SslMode) {
        let url: DatabaseUrl = text.parse().expect("a URL");
        assert_eq!(url.config.get_ssl_mode(), expected);
    }

    #[rstest]
    #[case("db.example:5433", "db.example:5433")]
    #[case("db.example", "db.example:5432")]
    #[case("one.example:5433,other.example:5434", "one.example:5433,other.example:5434")]
    #[case("[::1]:5433", "[::1]:5433")]
    fn a_url_is_shown_without_user_and_password(#[case] servers: &str, #[case] shown: &str) {
        let url: DatabaseUrl = format!("postgres://user:secret@{servers}/fleet?sslmode=disable")
            .parse()
            .expect("a URL");
        let expected = format!("postgres://{shown}/fleet");
        assert_eq!(
            (url.to_string(), format!("{url:?}")),
            (expected.clone(), expected)
        );
    }

    #[test]
    fn a_missing_file_of_root_certificates_is_named() {
        let error = "postgres://localhost/fleet?sslmode=verify-full&sslrootcert=/nowhere/my%20ca.pem"
            .parse::<DatabaseUrl>()
            .expect_err("no such file");
        assert!(
            error
                .to_string()
                .starts_with("cannot load sslrootcert /nowhere/my ca.pem: "),
            "{error}"
        );
    }
}
