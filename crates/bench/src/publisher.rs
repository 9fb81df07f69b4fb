//! Vehicles that publish to Redis, on one thread and one connection.

use std::{
    f64::consts::TAU,
    io::{self, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context as _, anyhow};
use uuid::Uuid;

use crate::{
    clients::x_of,
    clock::Nanos,
    publish_log::{PublishLog, Update},
};

const CHANNEL: &str = "vehicle:position:update";

/// Maximum number of messages per write when the publisher is late.
const MOST_AT_ONCE: usize = 64;

#[derive(Debug)]
pub(crate) struct Publisher {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<io::Result<Duration>>,
}

impl Publisher {
    /// Makes each vehicle publish `rate_hz` times per second, evenly spread, until stopped or until the log is full.
    ///
    /// # Errors
    /// If Redis can't be reached.
    pub(crate) fn start(
        redis: SocketAddr,
        ids: Arc<[Uuid]>,
        log: Arc<PublishLog>,
        rate_hz: f64,
    ) -> anyhow::Result<Self> {
        let stream =
            TcpStream::connect(redis).with_context(|| format!("no connection to Redis at {redis}"))?;
        stream.set_nodelay(true)?;
        let mut answers = stream.try_clone()?;
        let stop = Arc::new(AtomicBool::new(false));
        let is_stopped = Arc::clone(&stop);
        let pause = Duration::from_secs_f64(1.0 / (rate_hz * ids.len() as f64));
        let thread = thread::Builder::new()
            .name("publisher".to_owned())
            .spawn(move || {
                // Redis answers every command, and unread answers would block it. The thread ends with the connection.
                let reader = thread::spawn(move || io::copy(&mut answers, &mut io::sink()));
                let latest = publish(&stream, &ids, &log, pause, &is_stopped);
                stream.shutdown(std::net::Shutdown::Write)?;
                // Neither the number of bytes nor an error in reading answers matters.
                let _ = reader.join();
                latest
            })?;
        Ok(Self { stop, thread })
    }

    /// Stops publishing, and returns the maximum delay of a message.
    ///
    /// # Errors
    /// If the connection to Redis broke.
    pub(crate) fn stop(self) -> anyhow::Result<Duration> {
        self.stop.store(true, Ordering::Relaxed);
        let latest = self
            .thread
            .join()
            .map_err(|_| anyhow!("the publisher panicked"))?;
        latest.context("the connection to Redis broke")
    }
}

fn publish(
    mut stream: &TcpStream,
    ids: &[Uuid],
    log: &PublishLog,
    pause: Duration,
    is_stopped: &AtomicBool,
) -> io::Result<Duration> {
    let start = Instant::now();
    let due_at = |number: u32| start + pause * number;
    let (mut number, mut latest, mut is_full) = (0, Duration::ZERO, false);
    while !is_full && !is_stopped.load(Ordering::Relaxed) {
        thread::sleep(due_at(number).saturating_duration_since(Instant::now()));
        latest = latest.max(due_at(number).elapsed());
        // Write the due messages in one go.
        let mut commands = Vec::new();
        for _ in 0..MOST_AT_ONCE {
            let vehicle = number % ids.len() as u32;
            let Some(update) = log.publish(vehicle, Nanos::now()) else {
                is_full = true;
                break;
            };
            write_command(&mut commands, &message(ids[vehicle as usize], update));
            number += 1;
            if due_at(number) > Instant::now() {
                break;
            }
        }
        stream.write_all(&commands)?;
    }
    Ok(latest)
}

/// Returns a message of a vehicle that moves along x by 1 mm with each update, and turns.
fn message(id: Uuid, Update { vehicle, seq }: Update) -> String {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_millis();
    let (sin, cos) = ((f64::from(seq) * 0.01) % TAU / 2.0).sin_cos();
    format!(
        r#"{{"vehicleId":"{id}","x":{},"y":{}.5,"z":0,"qx":0,"qy":0,"qz":{sin:.6},"qw":{cos:.6},"timestamp":{now},"frame_id":"map","map_id":"floor-1"}}"#,
        x_of(seq),
        vehicle,
    )
}

fn write_command(commands: &mut Vec<u8>, message: &str) {
    let (channel_bytes, bytes) = (CHANNEL.len(), message.len());
    write!(
        commands,
        "*3\r\n$7\r\nPUBLISH\r\n${channel_bytes}\r\n{CHANNEL}\r\n${bytes}\r\n{message}\r\n"
    )
    .expect("a vector takes all bytes");
}

#[cfg(test)]
mod tests {
    use std::{io::Read as _, net::TcpListener};

    use super::*;

    #[test]
    fn every_vehicle_publishes_in_turn_and_each_update_is_logged() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let ids: Arc<[Uuid]> = (1..=3).map(Uuid::from_u128).collect();
        let log = Arc::new(PublishLog::new(3, 2));
        let publisher = Publisher::start(
            listener.local_addr().unwrap(),
            Arc::clone(&ids),
            Arc::clone(&log),
            1_000.0,
        )
        .unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        let mut received = String::new();
        stream.read_to_string(&mut received).unwrap();
        drop(stream);
        publisher.stop().unwrap();
        let bodies: Vec<serde_json::Value> = received
            .lines()
            .filter(|line| line.starts_with('{'))
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let published: Vec<_> = bodies
            .iter()
            .map(|body| (body["vehicleId"].to_string(), body["x"].as_f64()))
            .collect();
        let expected: Vec<_> = [0.001, 0.002]
            .iter()
            .flat_map(|x| ids.iter().map(|id| (format!("\"{id}\""), Some(*x))))
            .collect();
        assert_eq!(published, expected);
        assert!((0..3).all(|vehicle| log.newest(vehicle) == 2));
    }

    #[test]
    fn a_command_states_its_lengths() {
        let mut commands = Vec::new();
        write_command(&mut commands, "{}");
        assert_eq!(
            commands,
            b"*3\r\n$7\r\nPUBLISH\r\n$23\r\nvehicle:position:update\r\n$2\r\n{}\r\n"
        );
    }
}
