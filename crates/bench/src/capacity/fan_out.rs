//! A Redis server that delivers messages as fast as it can.

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use test_stores::redis::RedisServer;
use uuid::Uuid;

use super::{costs::FanOut, redis_info::process_id};
use crate::{process::ProcessId, protocols::Publication};

/// Size of a message in bytes, about that of a position in JSON.
const MESSAGE_BYTES: usize = 190;
/// Number of messages that are published before the answers are read.
const BATCH: usize = 64;
const MEASURED: Duration = Duration::from_secs(5);

/// Publishes messages to subscribers that read all of them.
///
/// # Errors
/// Fails if a connection breaks, or Redis drops a subscriber.
pub(super) fn measure(subscribers: u32) -> anyhow::Result<FanOut> {
    let redis = RedisServer::start();
    let address = SocketAddr::from(([127, 0, 0, 1], redis.port()));
    let process = ProcessId::of(process_id(address)?);
    for _ in 0..subscribers {
        subscribe(address)?;
    }
    let mut batch = Vec::new();
    let message = "x".repeat(MESSAGE_BYTES);
    for _ in 0..BATCH {
        Publication::Redis.put(&mut batch, Uuid::nil(), &message);
    }
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut answers = BufReader::new(stream.try_clone()?);
    let (expected, mut answer) = (format!(":{subscribers}\r\n"), String::new());
    let (cpu_before, began, mut published) = (process.cpu_time()?, Instant::now(), 0);
    while began.elapsed() < MEASURED {
        stream.write_all(&batch)?;
        for _ in 0..BATCH {
            answer.clear();
            answers.read_line(&mut answer)?;
            ensure!(answer == expected, "PUBLISH was answered with {answer}");
        }
        published += BATCH as u64;
    }
    Ok(FanOut {
        subscribers,
        published,
        took: began.elapsed(),
        cpu: process.cpu_time()?.saturating_sub(cpu_before),
    })
}

/// Subscribes, and discards all messages on another thread, until the server exits.
fn subscribe(address: SocketAddr) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"SUBSCRIBE vehicle:position:update\r\n")?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    // The confirmation ends with the number of subscriptions.
    while line != ":1\r\n" {
        line.clear();
        let count = reader.read_line(&mut line).context("a subscription failed")?;
        ensure!(count > 0, "a subscription was refused");
    }
    thread::spawn(move || {
        // Neither the number of bytes nor an error matters.
        let _ = io::copy(&mut reader, &mut io::sink());
    });
    Ok(())
}
