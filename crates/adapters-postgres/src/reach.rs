//! The probe with which the circuit breaker finds out whether the database can be reached.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use circuit_breaker::{BreakerOptions, CircuitBreaker, Circuits, Probe, Unreachable};

use crate::{
    failure::DATABASE,
    url::{DatabaseUrl, is_unreachable},
};

/// Timeout of obtaining a connection, either from the pool or new. PostgreSQL starts a process for each connection and
/// makes a client prove its password with thousands of hashes, so one second can be too short on a busy machine.
pub(crate) const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// Time without an answer after which a caller starts the probe.
const PATIENCE: Duration = Duration::from_millis(500);

/// Interval at which a caller that still has no answer starts the probe again. It is shorter than the timeout of an
/// ordinary operation.
const LONG_PATIENCE: Duration = Duration::from_secs(3);

/// Creates the circuit breaker of a database.
pub(crate) fn breaker(url: &DatabaseUrl) -> CircuitBreaker {
    let options = BreakerOptions {
        server: url.to_string(),
        patience: PATIENCE,
        long_patience: LONG_PATIENCE,
        probe_within: CONNECT_WITHIN,
    };
    CircuitBreaker::new(&Circuits::of(DATABASE), options, Arc::new(Dial(url.clone())))
}

struct Dial(DatabaseUrl);

#[async_trait]
impl Probe for Dial {
    async fn reach(&self) -> Result<(), Unreachable> {
        match self.0.dial().await {
            // A server that refuses the connection is available, unless it is starting up or shutting down; its callers
            // receive the refusal itself.
            Err(error) if is_unreachable(&error) => Err(Unreachable(error.to_string())),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;

    /// Starts a server that refuses all connections with an error, and returns the probe of this server.
    async fn refusing_server(code: &str) -> Dial {
        let fields = format!("SFATAL\0C{code}\0Mrefused\0\0");
        let length = u32::try_from(fields.len() + 4).expect("a short message");
        let refusal = [&b"E"[..], &length.to_be_bytes(), fields.as_bytes()].concat();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let length = client.read_u32().await.expect("a startup message");
                let mut rest = vec![0; length as usize - 4];
                client.read_exact(&mut rest).await.expect("the rest of it");
                client.write_all(&refusal).await.expect("a waiting client");
            }
        });
        let url = format!("postgres://user@{address}/fleet?sslmode=disable");
        Dial(url.parse().expect("a URL"))
    }

    #[rstest]
    #[case::too_many_connections("53300", true)]
    #[case::wrong_password("28P01", true)]
    #[case::no_such_database("3D000", true)]
    #[case::starting_up_or_shutting_down("57P03", false)]
    #[tokio::test]
    async fn a_server_that_refuses_connections_is_reachable_unless_it_serves_no_client(
        #[case] code: &str,
        #[case] is_reachable: bool,
    ) {
        let probe = refusing_server(code).await;
        let reached = probe.reach().await;
        assert_eq!(reached.is_ok(), is_reachable, "{reached:?}");
    }

    #[tokio::test]
    async fn a_closed_port_is_unreachable() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        drop(listener);
        let url = format!("postgres://user@{address}/fleet?sslmode=disable");
        let reached = Dial(url.parse().expect("a URL")).reach().await;
        reached.expect_err("no server listens");
    }
}
