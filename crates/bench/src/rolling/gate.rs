//! Connections to the load balancer, over TLS.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, bail, ensure};
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName},
    },
};

use crate::{
    protocols::{Dialogue, Protocol},
    target::{ADMINISTRATOR, Endpoint},
};

/// Time limit for a connection, and for an answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// Address of the clients. It differs from that of the load balancer, so the servers can tell them apart.
pub(super) const CLIENT: &str = "127.0.0.2";

/// Address that a client claims to have.
const CLAIMED: &str = "203.0.113.9";

/// Name of the site, in the certificate.
const SITE: &str = "localhost";

/// Maximum length of a handshake response's head, in bytes.
const MAX_HEAD_BYTES: usize = 8 * 1024;

pub(super) type Stream = TlsStream<TcpStream>;

/// Access to the load balancer, with the credentials of an administrator.
#[derive(Clone)]
pub(super) struct Gate {
    address: SocketAddr,
    connector: TlsConnector,
    pub(super) protocol: Protocol,
    /// `Authorization` header line.
    authorization: Arc<str>,
}

impl Gate {
    /// Creates access to a load balancer with this certificate.
    ///
    /// # Errors
    /// Fails if the certificate can't be used.
    pub(super) fn new(
        address: SocketAddr,
        certificate: CertificateDer<'static>,
        endpoint: &Endpoint,
    ) -> anyhow::Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(certificate)?;
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            address,
            connector: TlsConnector::from(Arc::new(config)),
            protocol: endpoint.protocol,
            authorization: endpoint.authorization().into(),
        })
    }

    async fn connect(&self) -> anyhow::Result<Stream> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(format!("{CLIENT}:0").parse()?)?;
        let stream = timeout(PATIENCE, socket.connect(self.address)).await;
        let stream = stream.context("a connection takes too long")??;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from(SITE)?;
        let stream = timeout(PATIENCE, self.connector.connect(name, stream)).await;
        Ok(stream.context("a TLS handshake takes too long")??)
    }

    /// Opens a connection for HTTP requests.
    ///
    /// # Errors
    /// Fails if the load balancer can't be reached.
    pub(super) async fn open(&self) -> anyhow::Result<HttpConnection> {
        Ok(HttpConnection {
            stream: BufReader::new(self.connect().await?),
        })
    }

    /// Opens a WebSocket. Also returns the bytes that followed the handshake.
    ///
    /// # Errors
    /// Fails if the load balancer can't be reached, or refuses the handshake.
    pub(super) async fn upgrade(&self, dialogue: &Dialogue) -> anyhow::Result<(Stream, Vec<u8>)> {
        let mut stream = self.connect().await?;
        let subprotocol = dialogue.subprotocol().unwrap_or_default();
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {SITE}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: ZmxlZXR3YXRjaC1iZW5jaA==\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Protocol: {subprotocol}\r\n{}\r\n",
            dialogue.path(),
            self.authorization
        );
        stream.write_all(request.as_bytes()).await?;
        stream.flush().await?;
        let rest = timeout(PATIENCE, read_head(&mut stream)).await;
        let rest = rest.context("a handshake takes too long")??;
        Ok((stream, rest))
    }
}

/// Reads the head of a handshake response, and returns the bytes after it.
async fn read_head(stream: &mut Stream) -> anyhow::Result<Vec<u8>> {
    let mut head = Vec::new();
    loop {
        if stream.read_buf(&mut head).await? == 0 {
            bail!("the connection was closed in the handshake");
        }
        if let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = head.split_off(end + 4);
            let head = String::from_utf8_lossy(&head);
            let status = head.lines().next().unwrap_or_default();
            ensure!(
                status.starts_with("HTTP/1.1 101 "),
                "a socket was refused: {status}"
            );
            return Ok(rest);
        }
        ensure!(
            head.len() <= MAX_HEAD_BYTES,
            "the head of a handshake response is too long"
        );
    }
}

/// A connection for HTTP requests, one after another. Nothing is repeated, so each failure is noticed.
pub(super) struct HttpConnection {
    stream: BufReader<Stream>,
}

/// Response to a request.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    /// Whether the connection can be used for another request.
    pub(super) stays_open: bool,
}

impl HttpConnection {
    /// Sends a request, with a JSON body unless `body` is empty.
    ///
    /// # Errors
    /// Fails if there is no complete response in time.
    pub(super) async fn send(
        &mut self,
        gate: &Gate,
        method: &str,
        path: &str,
        body: &str,
    ) -> anyhow::Result<Answer> {
        let headers = gate.authorization.to_string();
        self.send_with(&headers, method, path, body).await
    }

    /// Logs in, and claims to have another address.
    ///
    /// # Errors
    /// Fails if the log-in is refused.
    pub(super) async fn log_in_as_another_address(&mut self) -> anyhow::Result<()> {
        let headers = format!("X-Forwarded-For: {CLAIMED}\r\nForwarded: for={CLAIMED}\r\n");
        let (username, password) = ADMINISTRATOR;
        let body = json!({"username": username, "password": password}).to_string();
        let answer = self.send_with(&headers, "POST", "/api/auth/login", &body).await?;
        ensure!(answer.status == 200, "the log-in was refused: {}", answer.status);
        Ok(())
    }

    async fn send_with(
        &mut self,
        headers: &str,
        method: &str,
        path: &str,
        body: &str,
    ) -> anyhow::Result<Answer> {
        let content = match body.len() {
            0 => String::new(),
            length => format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"),
        };
        let request = format!("{method} {path} HTTP/1.1\r\nHost: {SITE}\r\n{headers}{content}\r\n{body}");
        self.stream.write_all(request.as_bytes()).await?;
        self.stream.flush().await?;
        let answer = timeout(PATIENCE, self.receive()).await;
        answer.context("an answer takes too long")?
    }

    async fn receive(&mut self) -> anyhow::Result<Answer> {
        let status = self.line().await?;
        let status = status.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.context("an answer without a status")?;
        let (mut length, mut is_chunked, mut stays_open) = (0, false, true);
        loop {
            let header = self.line().await?;
            if header.is_empty() {
                break;
            }
            let (name, value) = header.split_once(':').context("a header without a value")?;
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse()?,
                "transfer-encoding" => is_chunked = value.eq_ignore_ascii_case("chunked"),
                "connection" => stays_open = !value.eq_ignore_ascii_case("close"),
                _ => {}
            }
        }
        let mut body = Vec::new();
        if is_chunked {
            loop {
                let size = usize::from_str_radix(&self.line().await?, 16)?;
                self.read_into(&mut body, size).await?;
                // The end of the chunk, or of the trailer.
                self.line().await?;
                if size == 0 {
                    break;
                }
            }
        } else {
            self.read_into(&mut body, length).await?;
        }
        Ok(Answer {
            status,
            body,
            stays_open,
        })
    }

    async fn read_into(&mut self, body: &mut Vec<u8>, size: usize) -> anyhow::Result<()> {
        let start = body.len();
        body.resize(start + size, 0);
        self.stream.read_exact(&mut body[start..]).await?;
        Ok(())
    }

    /// Reads a line, and returns it without its end.
    async fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        let count = self.stream.read_line(&mut line).await?;
        ensure!(count > 0, "the connection was closed without an answer");
        Ok(line.trim_end().to_owned())
    }
}
