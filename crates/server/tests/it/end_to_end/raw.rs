//! An HTTP client that sends raw bytes, for requests that no library would send.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use super::support::{PATIENCE, Program};

/// A connection from a chosen address of this machine.
#[derive(Debug)]
pub(super) struct Raw {
    stream: TcpStream,
    read: Vec<u8>,
}

/// A response: its head as sent, and its body.
#[derive(Debug)]
pub(super) struct RawAnswer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl RawAnswer {
    /// Returns a header's value; empty if it is absent.
    pub(super) fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        let mut found = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        found.next().map_or("", |(_, value)| value.trim())
    }
}

impl Raw {
    pub(super) async fn connect(program: &Program) -> Self {
        Self::from(program, "127.0.0.1").await
    }

    /// Connects from one of this machine's addresses, which include all of 127.0.0.0/8.
    pub(super) async fn from(program: &Program, address: &str) -> Self {
        Self::try_from(program, address).await.expect("it listens")
    }

    pub(super) async fn try_from(program: &Program, address: &str) -> std::io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        let from: SocketAddr = format!("{address}:0").parse().expect("an address");
        socket.bind(from)?;
        let to = program.address.parse().expect("an address");
        Ok(Self {
            stream: socket.connect(to).await?,
            read: Vec::new(),
        })
    }

    /// Sends bytes. Errors are ignored: a server that no longer reads has sent a response with the reason.
    pub(super) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = timeout(PATIENCE, self.stream.write_all(bytes.as_ref())).await;
    }

    /// Sends bytes. Returns `true` if the server accepted them.
    pub(super) async fn is_sent(&mut self, bytes: &[u8]) -> bool {
        matches!(timeout(PATIENCE, self.stream.write_all(bytes)).await, Ok(Ok(())))
    }

    /// Sends a request again and again, without reading the responses, until the server no longer reads.
    pub(super) async fn pipeline_until_stuck(&mut self, request: &str) {
        const STUCK_AFTER: Duration = Duration::from_millis(500);
        let requests = request.repeat(1_000);
        while let Ok(sent) = timeout(STUCK_AFTER, self.stream.write_all(requests.as_bytes())).await {
            sent.expect("the connection stays open");
        }
    }

    /// Sends the head of a request.
    pub(super) async fn head(&mut self, request_line: &str, headers: &[(&str, &str)]) {
        let mut head = format!("{request_line} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| *name == "host") {
            head.push_str("host: fleetwatch\r\n");
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        self.send(head).await;
    }

    /// Reads the next response.
    pub(super) async fn answer(&mut self) -> RawAnswer {
        let answer = timeout(PATIENCE, self.next_answer()).await;
        answer.expect("an answer in time").expect("an answer")
    }

    async fn next_answer(&mut self) -> Option<RawAnswer> {
        let head = loop {
            if let Some(end) = self.read.windows(4).position(|part| part == b"\r\n\r\n") {
                let rest = self.read.split_off(end + 4);
                let head = std::mem::replace(&mut self.read, rest);
                break String::from_utf8(head).expect("a head is ASCII");
            }
            self.more().await?;
        };
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let mut answer = RawAnswer {
            status,
            head,
            body: String::new(),
        };
        let length: usize = answer.header("content-length").parse().unwrap_or(0);
        while self.read.len() < length {
            self.more().await?;
        }
        let rest = self.read.split_off(length);
        answer.body = String::from_utf8(std::mem::replace(&mut self.read, rest)).expect("UTF-8");
        Some(answer)
    }

    async fn more(&mut self) -> Option<()> {
        self.read.reserve(16 * 1024);
        let length = self.stream.read_buf(&mut self.read).await.ok()?;
        (length > 0).then_some(())
    }

    /// Returns `true` if the server closes the connection within `limit`. Data received before is discarded.
    pub(super) async fn is_closed_within(&mut self, limit: Duration) -> bool {
        timeout(limit, async { while self.more().await.is_some() {} })
            .await
            .is_ok()
    }
}
