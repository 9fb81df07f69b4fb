//! Floods of WebSocket frames.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    task::JoinSet,
};

use super::answers::Counted;
use crate::hostile::{
    raw::{address, connect},
    scene::Scene,
};

const SOCKETS: u16 = 20;
/// Number of frames per write.
const AT_ONCE: usize = 1_000;
/// First frame of a message, masked with zeros: text, not final.
const BEGINNING: &[u8] = &[0x01, 0x81, 0, 0, 0, 0, b'{'];
/// Empty continuation frame, not final.
const CONTINUATION: &[u8] = &[0x00, 0x80, 0, 0, 0, 0];

/// Sends frames of a message that never ends, and reopens sockets that were closed.
pub(super) async fn frames(scene: &Scene, answers: &Counted) -> anyhow::Result<()> {
    let mut tasks = JoinSet::new();
    let next = |tasks: &mut JoinSet<_>, number: u16| {
        let (server, viewer) = (scene.address, scene.viewer.clone());
        tasks.spawn(async move { (number, flood(address(10, number), server, &viewer).await) });
    };
    for number in 0..SOCKETS {
        next(&mut tasks, number);
    }
    while let Some(ended) = tasks.join_next().await {
        let (number, end) = ended?;
        answers
            .lock()
            .await
            .count(end.unwrap_or_else(|_| "closed".to_owned()));
        next(&mut tasks, number);
    }
    Ok(())
}

/// Floods over one socket. Returns the status of a refused handshake, or the code with which the server closed it.
async fn flood(from: Ipv4Addr, server: SocketAddr, viewer: &str) -> anyhow::Result<String> {
    let mut stream = connect(from, server).await?;
    let handshake = format!(
        "GET /ws HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{viewer}\r\n"
    );
    stream.write_all(handshake.as_bytes()).await?;
    let mut status = [0; 12];
    stream.read_exact(&mut status).await?;
    if !status.ends_with(b"101") {
        return Ok(String::from_utf8_lossy(&status[9..]).into_owned());
    }
    let (mut reader, mut writer) = stream.into_split();
    // Keep reading, so the server can always deliver its close frame.
    let mut reading = JoinSet::new();
    reading.spawn(async move {
        let mut last = Vec::new();
        let mut chunk = vec![0; 16 << 10];
        while let Ok(count @ 1..) = reader.read(&mut chunk).await {
            last = chunk[..count].to_vec();
        }
        last
    });
    let frames = CONTINUATION.repeat(AT_ONCE);
    writer.write_all(BEGINNING).await?;
    while writer.write_all(&frames).await.is_ok() {}
    let last = reading.join_next().await.transpose()?.unwrap_or_default();
    Ok(close_code(&last).map_or("closed".to_owned(), |code| format!("close code {code}")))
}

/// Returns the code of a close frame at the end of the bytes: opcode, length up to 125, code, reason.
fn close_code(bytes: &[u8]) -> Option<u16> {
    (0..bytes.len().saturating_sub(3)).rev().find_map(|at| {
        let [0x88, length, high, low, reason @ ..] = &bytes[at..] else {
            return None;
        };
        (usize::from(*length) == reason.len() + 2).then(|| u16::from_be_bytes([*high, *low]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_close_code_is_read_from_the_last_frame() {
        assert_eq!(close_code(b"\x81\x02{}\x88\x05\x0f\xbdtoo"), Some(4029));
        assert_eq!(close_code(b"\x88\x02\x03\xf4"), Some(1012));
        assert_eq!(close_code(b"\x81\x02{}"), None);
        assert_eq!(close_code(b""), None);
    }
}
