//! A visitor of a soak run, who opens a socket, subscribes, and leaves in the chosen way.

use std::{io::ErrorKind, time::Duration};

use anyhow::{Context as _, bail, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, sleep, timeout_at},
};

use super::visit::{Leave, Visit};
use crate::{
    clients::{connect, upgrade, upgrade_request},
    protocols::{Dialogue, Incoming, Protocol},
    target::Endpoint,
    websocket::{CLOSE, FrameReader, PING, PONG},
};

/// Time limit for the answer to a subscription, and to a close frame.
const PATIENCE: Duration = Duration::from_secs(30);
/// Maximum number of bytes per read.
const SCRATCH_BYTES: usize = 16 * 1024;

impl Visit {
    /// Carries out the visit.
    ///
    /// # Errors
    /// Fails if the server refuses the visitor, ends the connection before the visitor does, or does not answer the
    /// visitor's close frame or the shutdown of its write half.
    pub(super) async fn carry_out(self, endpoint: &Endpoint) -> anyhow::Result<()> {
        let dialogue = Dialogue::new(Protocol::Fleetwatch(self.settings), None);
        if matches!(self.leave, Leave::InHandshake | Leave::BeforeResponse) {
            return self.vanish(endpoint, &dialogue).await;
        }
        let (stream, rest) = upgrade(endpoint, &dialogue).await?;
        let mut visitor = Visitor {
            stream,
            dialogue,
            frames: FrameReader::default(),
            scratch: vec![0; SCRATCH_BYTES],
        };
        visitor.stream.write_all(&self.opening()).await?;
        if !visitor.take(&rest)?.is_subscribed {
            visitor
                .wait_until(|seen| seen.is_subscribed)
                .await
                .context("a subscription was not answered")?;
        }
        let reading = match self.leave {
            Leave::Unread => self.stay / 2,
            _ => self.stay,
        };
        visitor.stay(reading).await?;
        match self.leave {
            Leave::Politely => {
                visitor.stream.write_all(&self.closing()).await?;
                visitor
                    .wait_until(|seen| seen.has_close_frame)
                    .await
                    .context("a close frame was not answered")
            }
            Leave::HalfClosed => {
                visitor.stream.shutdown().await?;
                visitor
                    .wait_until(|seen| seen.has_ended)
                    .await
                    .context("a half-closed connection was left open")
            }
            Leave::Unread => {
                // In the meantime, the buffers of the connection fill. Dropping it with unread bytes resets it.
                sleep(self.stay - reading).await;
                Ok(())
            }
            Leave::Reset | Leave::InHandshake | Leave::BeforeResponse => {
                Ok(visitor.stream.set_zero_linger()?)
            }
        }
    }

    /// Sends the request of the handshake, or half of it, and resets the connection.
    async fn vanish(&self, endpoint: &Endpoint, dialogue: &Dialogue) -> anyhow::Result<()> {
        let mut stream = connect(endpoint).await?;
        let request = upgrade_request(endpoint, dialogue);
        let sent = match self.leave {
            Leave::InHandshake => &request.as_bytes()[..request.len() / 2],
            _ => request.as_bytes(),
        };
        stream.write_all(sent).await?;
        if self.leave == Leave::InHandshake {
            // Less than the server's time limit for the rest.
            sleep(self.stay / 4).await;
        }
        Ok(stream.set_zero_linger()?)
    }
}

/// An open socket.
struct Visitor {
    stream: TcpStream,
    dialogue: Dialogue,
    frames: FrameReader,
    scratch: Vec<u8>,
}

/// Contents of the bytes of one read.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    is_subscribed: bool,
    has_close_frame: bool,
    /// The server has ended the connection.
    has_ended: bool,
}

impl Visitor {
    /// Reads for the given time. Fails if the server ends the connection earlier.
    async fn stay(&mut self, time: Duration) -> anyhow::Result<()> {
        let deadline = Instant::now() + time;
        while let Some(seen) = self.read(deadline).await? {
            ensure!(
                !seen.has_close_frame && !seen.has_ended,
                "the server ended the connection early"
            );
        }
        Ok(())
    }

    /// Reads until a read has the expected contents.
    async fn wait_until(&mut self, is_expected: impl Fn(Seen) -> bool) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while let Some(seen) = self.read(deadline).await? {
            if is_expected(seen) {
                return Ok(());
            }
            ensure!(!seen.has_ended, "the server ended the connection");
        }
        bail!("not within {PATIENCE:?}")
    }

    /// Reads once; returns `None` after the deadline.
    async fn read(&mut self, deadline: Instant) -> anyhow::Result<Option<Seen>> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let read = timeout_at(deadline, self.stream.read(&mut scratch)).await;
        let seen = match read {
            Err(_) => Ok(None),
            Ok(Ok(count @ 1..)) => self.take(&scratch[..count]).map(Some),
            Ok(Err(error)) if error.kind() != ErrorKind::ConnectionReset => {
                Err(error).context("a connection broke")
            }
            Ok(Ok(_) | Err(_)) => Ok(Some(Seen {
                has_ended: true,
                ..Seen::default()
            })),
        };
        self.scratch = scratch;
        seen
    }

    fn take(&mut self, bytes: &[u8]) -> anyhow::Result<Seen> {
        let (mut seen, mut outcome) = (Seen::default(), Ok(()));
        let dialogue = &mut self.dialogue;
        self.frames.read(bytes, |opcode, payload| match opcode {
            // Not answered: a visit ends before the server's time limit for the answer.
            PING | PONG => {}
            CLOSE => seen.has_close_frame = true,
            _ if outcome.is_ok() => {
                outcome = dialogue.read(opcode, payload, |incoming| {
                    seen.is_subscribed |= matches!(incoming, Incoming::Subscribed);
                    Ok(())
                });
            }
            _ => {}
        });
        outcome.map(|()| seen)
    }
}
