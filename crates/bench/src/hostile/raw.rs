//! HTTP requests as an attacker writes them: any head, any body, from any address of this machine.

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

/// The bytes of an answer that are read at most; far more than any answer may have.
const MAX_READ: usize = 16 << 20;
/// The time that one exchange may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// One request, and the address of this machine that it comes from.
#[derive(Debug, Clone)]
pub(super) struct RawRequest {
    pub(super) from: Ipv4Addr,
    /// Method, path and version.
    pub(super) line: String,
    /// Header lines, each with its line end.
    pub(super) headers: String,
    pub(super) body: Bytes,
}

/// The answer to a request, as far as it is of interest here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RawAnswer {
    /// None where the connection was closed without an answer.
    pub(super) status: Option<u16>,
    /// Head and body.
    pub(super) bytes: usize,
}

impl RawRequest {
    /// A request with a JSON body.
    pub(super) fn json(line: &str, authorization: &str, body: impl Into<Bytes>) -> Self {
        Self {
            from: Ipv4Addr::LOCALHOST,
            line: line.to_owned(),
            headers: format!("Content-Type: application/json\r\n{authorization}"),
            body: body.into(),
        }
    }

    /// The same request from another address.
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

    /// Sends it over a connection of its own, and reads the whole answer.
    ///
    /// # Errors
    /// When there is no connection, or no end of the answer within a minute.
    pub(super) async fn send(&self, server: SocketAddr) -> anyhow::Result<RawAnswer> {
        timeout(PATIENCE, self.exchange(server))
            .await
            .with_context(|| format!("{}: no answer within {PATIENCE:?}", self.line))?
    }

    async fn exchange(&self, server: SocketAddr) -> anyhow::Result<RawAnswer> {
        let (mut reader, mut writer) = connect(self.from, server).await?.into_split();
        let (head, body) = (self.head(), self.body.clone());
        // A server that refuses early may close before all is written: the answer counts, not the error.
        let writing = tokio::spawn(async move {
            writer.write_all(head.as_bytes()).await?;
            writer.write_all(&body).await?;
            // Kept open until the answer is read: half-closed connections are another test.
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

/// Opens a connection from an address of this machine.
///
/// # Errors
/// When the server does not take it.
pub(super) async fn connect(from: Ipv4Addr, server: SocketAddr) -> anyhow::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(IpAddr::V4(from), 0))?;
    Ok(socket.connect(server).await?)
}

/// The n-th address of 127.`net`.0.0/16.
pub(super) const fn address(net: u8, number: u16) -> Ipv4Addr {
    let [high, low] = number.to_be_bytes();
    Ipv4Addr::new(127, net, high, low)
}

/// Whether the head and as many bytes of the body as it announces are there. A server may take what is still sent before it
/// closes, and the answer does not wait for that.
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
    fn the_status_stands_in_the_first_line() {
        assert_eq!(status_of(b"HTTP/1.1 413 Payload Too Large\r\n\r\n"), Some(413));
        assert_eq!(status_of(b""), None);
        assert_eq!(status_of(b"HTTP/1.1 4"), None);
    }

    #[test]
    fn an_answer_is_whole_with_its_last_byte() {
        for (answer, expected) in [
            (&b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"[..], true),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{", false),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", false),
            // Its end is that of the connection.
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
