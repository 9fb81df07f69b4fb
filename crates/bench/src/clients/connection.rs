use anyhow::{Context as _, bail};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{protocols::Dialogue, target::Endpoint};

/// Maximum length of a handshake response's head, in bytes.
const MAX_ANSWER_BYTES: usize = 8 * 1024;

/// Opens a socket, and sends the first frames of the protocol. Also returns the bytes that followed the handshake.
///
/// # Errors
/// Fails if the server can't be reached, or refuses the handshake.
pub(super) async fn open(endpoint: &Endpoint, dialogue: &Dialogue) -> anyhow::Result<(TcpStream, Vec<u8>)> {
    let (mut stream, rest) = upgrade(endpoint, dialogue).await?;
    stream.write_all(&dialogue.opening()).await?;
    Ok((stream, rest))
}

/// Opens a socket. Also returns the bytes that followed the handshake.
///
/// # Errors
/// Fails if the server can't be reached, or refuses the handshake.
pub(crate) async fn upgrade(
    endpoint: &Endpoint,
    dialogue: &Dialogue,
) -> anyhow::Result<(TcpStream, Vec<u8>)> {
    let mut stream = connect(endpoint).await?;
    stream
        .write_all(upgrade_request(endpoint, dialogue).as_bytes())
        .await?;
    let rest = read_answer(&mut stream).await?;
    Ok((stream, rest))
}

/// Opens a connection, and sends nothing.
///
/// # Errors
/// Fails if the server can't be reached.
pub(crate) async fn connect(endpoint: &Endpoint) -> anyhow::Result<TcpStream> {
    let address = endpoint.address;
    let stream = TcpStream::connect(address)
        .await
        .with_context(|| format!("no connection to {address}"))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Returns the request of the handshake.
#[must_use]
pub(crate) fn upgrade_request(endpoint: &Endpoint, dialogue: &Dialogue) -> String {
    let subprotocol = dialogue
        .subprotocol()
        .map(|name| format!("Sec-WebSocket-Protocol: {name}\r\n"))
        .unwrap_or_default();
    format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: ZmxlZXR3YXRjaC1iZW5jaA==\r\nSec-WebSocket-Version: 13\r\n{subprotocol}{}\r\n",
        dialogue.path(),
        endpoint.address,
        endpoint.authorization()
    )
}

/// Reads the handshake response, and returns the bytes after it.
async fn read_answer(stream: &mut TcpStream) -> anyhow::Result<Vec<u8>> {
    let mut answer = Vec::new();
    loop {
        if stream.read_buf(&mut answer).await? == 0 {
            bail!("the connection was closed in the handshake");
        }
        if let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = answer.split_off(end + 4);
            let answer = String::from_utf8_lossy(&answer);
            if !answer.starts_with("HTTP/1.1 101 ") {
                bail!(
                    "the socket was refused: {}",
                    answer.lines().next().unwrap_or_default()
                );
            }
            return Ok(rest);
        }
        if answer.len() > MAX_ANSWER_BYTES {
            bail!("the head of the handshake response is too long");
        }
    }
}
