//! Vehicles that publish, on one thread and one connection.

use std::{
    f64::consts::TAU,
    io::{self, ErrorKind, Write as _},
    net::{Shutdown, TcpStream},
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
    protocols::{Feed, Publication},
    publish_log::{PublishLog, Update},
    workload::{MAP, Workload, y_of},
};

/// Maximum number of publications per write when the publisher is late.
const MOST_AT_ONCE: usize = 64;

/// Time after which a blocked write checks whether publishing was stopped.
const BLOCKED: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(crate) struct Publisher {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<io::Result<Duration>>,
    connection: Connection,
}

/// Result of publishing. The connection is open until this value is dropped: some systems discard what they have not
/// processed yet when a connection is closed.
#[derive(Debug)]
pub(crate) struct Published {
    /// Maximum delay of a message.
    pub late: Duration,
    _connection: Connection,
}

impl Publisher {
    /// Makes each vehicle publish at the rate of the workload, evenly spread, until stopped or until the log is full.
    ///
    /// # Errors
    /// Fails if the feed can't be reached.
    pub(crate) fn start(
        feed: Feed,
        ids: Arc<[Uuid]>,
        log: Arc<PublishLog>,
        workload: &Workload,
    ) -> anyhow::Result<Self> {
        let connection = Connection::open(feed)?;
        let stream = connection.stream.try_clone()?;
        let stop = Arc::new(AtomicBool::new(false));
        let is_stopped = Arc::clone(&stop);
        let pause = Duration::from_secs_f64(1.0 / (workload.rate_hz * ids.len() as f64));
        let array = workload.array;
        let thread = thread::Builder::new()
            .name("publisher".to_owned())
            .spawn(move || publish(&stream, feed.publication, &ids, &log, (pause, array), &is_stopped))?;
        Ok(Self {
            stop,
            thread,
            connection,
        })
    }

    /// Stops publishing.
    ///
    /// # Errors
    /// Fails if the connection broke.
    pub(crate) fn stop(self) -> anyhow::Result<Published> {
        self.stop.store(true, Ordering::Relaxed);
        let latest = self
            .thread
            .join()
            .map_err(|_| anyhow!("the publisher panicked"))?;
        Ok(Published {
            late: latest.context("the publisher's connection broke")?,
            _connection: self.connection,
        })
    }
}

/// Connection whose answers are read and discarded. Every command may be answered, and unread answers would block the
/// other side.
#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    reader: Option<JoinHandle<()>>,
}

impl Connection {
    fn open(Feed { address, publication }: Feed) -> anyhow::Result<Self> {
        let mut stream =
            TcpStream::connect(address).with_context(|| format!("vehicles can't connect to {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(BLOCKED))?;
        stream.write_all(&publication.opening())?;
        let mut answers = stream.try_clone()?;
        let reader = thread::spawn(move || {
            // Neither the number of bytes nor an error matters.
            let _ = io::copy(&mut answers, &mut io::sink());
        });
        Ok(Self {
            stream,
            reader: Some(reader),
        })
    }
}

impl Drop for Connection {
    /// Ends the connection, and waits until the other side has ended it as well.
    fn drop(&mut self) {
        // An error means that the connection has ended already.
        let _ = self.stream.shutdown(Shutdown::Write);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

fn publish(
    stream: &TcpStream,
    publication: Publication,
    ids: &[Uuid],
    log: &PublishLog,
    (pause, array): (Duration, u32),
    is_stopped: &AtomicBool,
) -> io::Result<Duration> {
    let start = Instant::now();
    let due_at = |number: u32| start + pause * number;
    let (mut number, mut latest, mut is_full) = (0, Duration::ZERO, false);
    while !is_full && !is_stopped.load(Ordering::Relaxed) {
        // An array is sent when its last update is due.
        thread::sleep(due_at(number + array - 1).saturating_duration_since(Instant::now()));
        latest = latest.max(due_at(number + array - 1).elapsed());
        // Write the due messages in one go.
        let mut commands = Vec::new();
        for _ in 0..MOST_AT_ONCE {
            let first = ids[(number % ids.len() as u32) as usize];
            let mut messages = Vec::new();
            for _ in 0..array {
                let vehicle = number % ids.len() as u32;
                let Some(update) = log.publish(vehicle, Nanos::now()) else {
                    is_full = true;
                    break;
                };
                messages.push(message(ids[vehicle as usize], update));
                number += 1;
            }
            match (array, messages.as_slice()) {
                (_, []) => break,
                (1, [only]) => publication.put(&mut commands, first, only),
                (_, all) => publication.put(&mut commands, first, &format!("[{}]", all.join(","))),
            }
            if is_full || due_at(number + array - 1) > Instant::now() {
                break;
            }
        }
        write_unless_stopped(stream, &commands, is_stopped)?;
    }
    Ok(latest)
}

/// Writes all bytes, or gives up when the publisher is stopped while the other side does not read.
fn write_unless_stopped(mut stream: &TcpStream, mut bytes: &[u8], is_stopped: &AtomicBool) -> io::Result<()> {
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock if is_stopped.load(Ordering::Relaxed) => return Ok(()),
                ErrorKind::WouldBlock | ErrorKind::Interrupted => {}
                _ => return Err(error),
            },
        }
    }
    Ok(())
}

/// Returns a message from a vehicle that moves along x by 1 mm with each update, and turns.
fn message(id: Uuid, Update { vehicle, seq }: Update) -> String {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_millis();
    let (sin, cos) = ((f64::from(seq) * 0.01) % TAU / 2.0).sin_cos();
    format!(
        r#"{{"vehicleId":"{id}","x":{},"y":{},"z":0,"qx":0,"qy":0,"qz":{sin:.6},"qw":{cos:.6},"timestamp":{now},"frame_id":"map","map_id":"{MAP}"}}"#,
        x_of(seq),
        y_of(vehicle),
    )
}

#[cfg(test)]
mod tests {
    use std::{io::Read as _, net::TcpListener};

    use rstest::rstest;

    use super::*;
    use crate::workload::WORKLOADS;

    fn load(array: u32) -> Workload {
        Workload {
            vehicles: 3,
            rate_hz: 1_000.0,
            array,
            ..WORKLOADS[0]
        }
    }

    #[rstest]
    fn every_vehicle_publishes_in_turn_and_each_update_is_logged(#[values(1, 4)] array: u32) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let ids: Arc<[Uuid]> = (1..=3).map(Uuid::from_u128).collect();
        let log = Arc::new(PublishLog::new(3, 2));
        let feed = Feed::redis(listener.local_addr().unwrap());
        let publisher = Publisher::start(feed, Arc::clone(&ids), Arc::clone(&log), &load(array)).unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        let receiving = thread::spawn(move || {
            let mut received = String::new();
            stream.read_to_string(&mut received).map(|_| received)
        });
        while (0..3).any(|vehicle| log.newest(vehicle) < 2) {
            thread::yield_now();
        }
        drop(publisher.stop().unwrap());
        let received = receiving.join().unwrap().unwrap();
        let bodies: Vec<serde_json::Value> = received
            .lines()
            .filter(|line| line.starts_with(['{', '[']))
            .flat_map(|line| match serde_json::from_str(line).unwrap() {
                serde_json::Value::Array(all) => all,
                only => vec![only],
            })
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
    }

    #[test]
    fn a_blocked_write_is_given_up_when_the_publisher_is_stopped() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        stream.set_write_timeout(Some(BLOCKED)).unwrap();
        let more_than_buffers_take = vec![0; 64 << 20];
        write_unless_stopped(&stream, &more_than_buffers_take, &AtomicBool::new(true)).unwrap();
    }
}
