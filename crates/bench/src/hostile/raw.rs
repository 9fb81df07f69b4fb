//! HTTP requests as an attacker sends them: any head, any body, from any address of this machine.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::Context as _;
use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

/// Maximum number of response bytes read, far more than any response should have.
const MAX_READ: usize = 16 << 20;
/// Time limit of an exchange.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request, and the local address that it is sent from.
#[derive(Debug, Clone)]
pub(super) struct RawRequest {
    pub(super) from: Ipv4Addr,
    /// Method and path.
    pub(super) line: String,
    /// Header lines, each with its line end.
    pub(super) headers: String,
    pub(super) body: Bytes,
}

/// The relevant properties of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RawAnswer {
    /// `None` if the connection was closed without a response.
    pub(super) status: Option<u16>,
    /// Total length of head and body, in bytes.
    pub(super) bytes: usize,
}

impl RawRequest {
    /// Creates a request with a JSON body.
    pub(super) fn json(line: &str, authorization: &str, body: impl Into<Bytes>) -> Self {
        Self {
            from: Ipv4Addr::LOCALHOST,
            line: line.to_owned(),
            headers: format!("Content-Type: application/json\r\n{authorization}"),
            body: body.into(),
        }
    }

    /// Sets the local address.
    pub(super) const fn from(mut self, address: Ipv4Addr) -> Self {
        self.from = address;
        self
    }

    fn head(&self) -> String {
        format!(
            "{} HTTP/1.1\r\nHost: fleetwatch\r\nConnection: close\r\n{}Content-Length: {}\r\n\r\n",
            self.line,
            self.headers,
            self.body.len()
        )
    }

    /// Sends the request over a new connection, and reads the whole response.
    ///
    /// # Errors
    /// Fails if the connection breaks, or the response does not end within a minute.
    pub(super) async fn send(&self, server: SocketAddr) -> anyhow::Result<RawAnswer> {
        timeout(PATIENCE, self.exchange(server))
            .await
            .with_context(|| format!("{}: no answer within {PATIENCE:?}", self.line))?
    }

    async fn exchange(&self, server: SocketAddr) -> anyhow::Result<RawAnswer> {
        let (mut reader, mut writer) = connect(self.from, server).await?.into_split();
        let (head, body) = (self.head(), self.body.clone());
        // A server that refuses early may close before all is written: only the response matters, not a write error.
        let writing = tokio::spawn(async move {
            writer.write_all(head.as_bytes()).await?;
            writer.write_all(&body).await?;
            // Keep the connection open until the response is read: a half-closed one would be another attack.
            std::io::Result::Ok(writer)
        });
        let mut answer = Vec::new();
        let mut chunk = vec![0; 64 << 10];
        while answer.len() < MAX_READ {
            match reader.read(&mut chunk).await {
                Ok(0) | Err(_) => break,
                Ok(count) => answer.extend_from_slice(&chunk[..count]),
            }
            if is_whole(&answer) {
                break;
            }
        }
        writing.abort();
        Ok(RawAnswer {
            status: status_of(&answer),
            bytes: answer.len(),
        })
    }
}

/// Opens a connection from a local address.
///
/// # Errors
/// Fails if the server refuses it.
pub(super) async fn connect(from: Ipv4Addr, server: SocketAddr) -> anyhow::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(IpAddr::V4(from), 0))?;
    Ok(socket.connect(server).await?)
}

/// Returns the n-th address of 127.`net`.0.0/16.
pub(super) const fn address(net: u8, number: u16) -> Ipv4Addr {
    let [high, low] = number.to_be_bytes();
    Ipv4Addr::new(127, net, high, low)
}

/// Returns `true` if the head and the announced number of body bytes have arrived. The server may keep the connection
/// open to discard the rest of a request, so its end is not awaited.
fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|part| part == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&answer[..end]);
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse::<usize>().ok()).flatten()
    });
    length.is_some_and(|length| answer.len() >= end + 4 + length)
}

fn status_of(answer: &[u8]) -> Option<u16> {
    let line = answer.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    str::from_utf8(line).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_read_from_the_first_line() {
        assert_eq!(status_of(b"HTTP/1.1 413 Payload Too Large\r\n\r\n"), Some(413));
        assert_eq!(status_of(b""), None);
        assert_eq!(status_of(b"HTTP/1.1 4"), None);
    }

    #[test]
    fn a_response_is_complete_with_its_last_byte() {
        for (answer, expected) in [
            (&b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"[..], true),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{", false),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", false),
            // This response ends with the connection.
            (
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n",
                false,
            ),
        ] {
            assert_eq!(is_whole(answer), expected, "{}", answer.escape_ascii());
        }
    }

    #[test]
    fn the_head_announces_the_length_of_the_body() {
        let request = RawRequest::json("POST /graphql", "Authorization: Bearer x\r\n", "{}");
        assert_eq!(
            request.head(),
            "POST /graphql HTTP/1.1\r\nHost: fleetwatch\r\nConnection: close\r\n\
             Content-Type: application/json\r\nAuthorization: Bearer x\r\nContent-Length: 2\r\n\r\n"
        );
    }
}
