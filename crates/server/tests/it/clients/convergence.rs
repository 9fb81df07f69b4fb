//! Clients of `/ws` that subscribe, filter, pause and reconnect at random while the rights of some of them change, and
//! that must end up with what REST returns.
//!
//! The short form runs together with all other tests. `FLEETWATCH_CONVERGENCE=50x300` selects 50 clients and 300
//! seconds (`just test-convergence`). In this form the robots also report errors so fast that slow readers lose events
//! and get a new snapshot.

use std::{
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::join;
use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::Command,
    time::{Instant, MissedTickBehavior, timeout},
};

use super::{FOLDER, must_be_installed};
use crate::end_to_end::support::{ADMINISTRATOR, Plant, Program, Robot, now_ms};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/websocket.md");

const VEHICLES: usize = 24;

/// Time between two messages from the fleet.
const BEAT: Duration = Duration::from_millis(10);

/// Number of messages after which the next robot begins to report errors.
const ERROR_PERIOD: usize = 600;

/// Number of messages for which a robot reports errors.
const ERROR_BURST: usize = 250;

/// Size of the area in which the robots move, in metres; the script's filters are made for it.
const SIZE: [f64; 2] = [60.0, 40.0];

const STATUSES: [&str; 6] = ["IDLE", "MOVING", "CHARGING", "ERROR", "STOPPED", "MAINTENANCE"];

/// Extent of a run.
struct Form {
    clients: usize,
    duration: Duration,
    has_error_bursts: bool,
}

impl Form {
    fn of_environment() -> Self {
        let Ok(text) = std::env::var("FLEETWATCH_CONVERGENCE") else {
            return Self {
                clients: 12,
                duration: Duration::from_secs(8),
                has_error_bursts: false,
            };
        };
        let parts = text.split_once('x').map(|(clients, seconds)| {
            let clients = clients.parse::<usize>().expect("a number of clients");
            (clients, seconds.parse::<u64>().expect("a number of seconds"))
        });
        let (clients, seconds) = parts.expect("FLEETWATCH_CONVERGENCE is CLIENTSxSECONDS");
        Self {
            clients,
            duration: Duration::from_secs(seconds),
            has_error_bursts: true,
        }
    }
}

/// A simulated robot that moves at random.
struct Walker {
    vehicle: String,
    at: [f64; 2],
    yaw: f64,
    floor: usize,
    has_map: bool,
    status: &'static str,
    /// Share of positions in its messages.
    positions: f64,
    /// End of a pause without messages.
    silent_until: Instant,
}

impl Walker {
    /// Creates a robot. Of every eight robots, one has no map, one sends no positions, and one sends only positions.
    fn new(number: usize, vehicle: String, random: &mut SmallRng) -> Self {
        Self {
            vehicle,
            at: SIZE.map(|size| random.random_range(0.0..size)),
            yaw: 0.0,
            floor: 1 + number % 2,
            has_map: number % 8 != 5,
            status: STATUSES[0],
            positions: match number % 8 {
                6 => 0.0,
                7 => 1.0,
                _ => 0.65,
            },
            silent_until: Instant::now(),
        }
    }

    /// Publishes a position or a state, or begins a pause.
    async fn publish(&mut self, robot: &mut Robot, random: &mut SmallRng) {
        if Instant::now() < self.silent_until {
            return;
        }
        if random.random_bool(0.01) {
            self.silent_until = Instant::now() + Duration::from_millis(random.random_range(0..6_000));
        } else if random.random_bool(self.positions) {
            let position = self.position(random).to_string();
            robot.publish("vehicle:position:update", position).await;
        } else {
            let codes = match random.random_bool(0.8) {
                true => Vec::new(),
                false => vec![format!("E{}", random.random_range(0..5_u8))],
            };
            let state = self.state(&codes, random).to_string();
            robot.publish("vehicle:state:update", state).await;
        }
    }

    fn position(&mut self, random: &mut SmallRng) -> Value {
        for (at, size) in self.at.iter_mut().zip(SIZE) {
            let step: f64 = random.random_range(-1.5..1.5);
            *at = (*at + step).clamp(0.0, size);
        }
        let turn: f64 = random.random_range(-0.5..0.5);
        self.yaw = (self.yaw + turn) % 3.0;
        if random.random_bool(0.02) {
            self.floor = 3 - self.floor;
        }
        let map = self.has_map.then(|| format!("floor-{}", self.floor));
        let [x, y] = self.at;
        json!({
            "vehicleId": self.vehicle, "x": x, "y": y, "z": 0.0, "yaw": self.yaw, "timestamp": now_ms(),
            "frame_id": "map", "map_id": map,
        })
    }

    fn state(&mut self, codes: &[String], random: &mut SmallRng) -> Value {
        if random.random_bool(0.3) {
            self.status = STATUSES[random.random_range(0..STATUSES.len())];
        }
        // 0.05 m/s is the limit above which a vehicle is considered to be moving.
        let speeds = [0.0, 0.05, random.random_range(0.0..1.0_f64)];
        json!({
            "vehicleId": self.vehicle,
            "currentSpeed": speeds[random.random_range(0..speeds.len())],
            "batteryLevel": random.random_range(0.0..100.0_f64),
            "temperature": random.random_bool(0.5).then_some(21.5),
            "errorCodes": codes,
            "status": random.random_bool(0.8).then_some(self.status),
            "lastUpdateTime": now_ms(),
        })
    }

    /// Publishes a state with twenty new error codes.
    async fn publish_errors(&mut self, robot: &mut Robot, random: &mut SmallRng) {
        let codes: Vec<_> = (0..20).map(|_| format!("B{}", random.random::<u32>())).collect();
        let state = self.state(&codes, random).to_string();
        robot.publish("vehicle:state:update", state).await;
    }
}

/// Publishes messages from the robots while `is_active` is set.
async fn publish(
    mut robot: Robot,
    mut walkers: Vec<Walker>,
    mut random: SmallRng,
    is_active: Arc<AtomicBool>,
    has_error_bursts: bool,
) {
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut beats = 0;
    loop {
        beat.tick().await;
        if !is_active.load(Ordering::Relaxed) {
            continue;
        }
        beats += 1;
        let number = random.random_range(0..walkers.len());
        walkers[number].publish(&mut robot, &mut random).await;
        if has_error_bursts && beats % ERROR_PERIOD < ERROR_BURST {
            let number = beats / ERROR_PERIOD % walkers.len();
            walkers[number].publish_errors(&mut robot, &mut random).await;
        }
    }
}

/// Registers and enables AMRs and forklifts, and returns their ids.
async fn register(program: &Program) -> Vec<String> {
    let token = program.administrator().await.access.clone();
    let vehicles: Vec<_> = (0..VEHICLES)
        .map(|number| {
            let (kind, details) = match number % 2 {
                0 => {
                    let sensors = json!({
                        "lidarEnabled": true, "cameraEnabled": false, "ultrasonicEnabled": false, "autonomyLevel": 4,
                    });
                    ("AMR", sensors)
                }
                _ => ("FORKLIFT", json!({})),
            };
            let vehicle = json!({
                "name": format!("Robot {number}"), "type": kind, "manufacturer": "Northline", "model": "N1",
                "isEnabled": true, "details": details,
                "specification": {"maxSpeed": 2.0, "maxLoad": 100.0, "batteryCapacity": 480.0},
            });
            vehicle.to_string()
        })
        .collect();
    let imported = program
        .request("POST", "/api/vehicles/import")
        .header("content-type", "application/x-ndjson")
        .bearer_auth(&token)
        .body(vehicles.join("\n"));
    let imported = imported.send().await.expect("it listens");
    let (status, answer) = (imported.status(), imported.text().await);
    assert!(status.is_success(), "{answer:?}");
    let (_, page) = program
        .as_administrator("GET", "/api/vehicles?first=100", None)
        .await;
    let ids = page["items"].as_array().expect("vehicles").iter();
    ids.map(|vehicle| vehicle["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_end_up_with_the_state_that_rest_returns() {
    must_be_installed();
    let form = Form::of_environment();
    let staleness = [
        ("LIVE__STALE_AFTER_MS", "1500"),
        ("LIVE__DISCONNECTED_AFTER_MS", "4000"),
    ];
    let plant = Plant::with(&staleness).await;
    let vehicles = register(&plant.program).await;
    let seed = rand::random::<u32>();
    let mut random = SmallRng::seed_from_u64(seed.into());
    let walkers = vehicles
        .into_iter()
        .enumerate()
        .map(|(number, vehicle)| Walker::new(number, vehicle, &mut random));
    let walkers = walkers.collect();
    let is_active = Arc::new(AtomicBool::new(false));
    let robots = publish(
        plant.robot().await,
        walkers,
        random,
        Arc::clone(&is_active),
        form.has_error_bursts,
    );
    let robots = tokio::spawn(robots);

    let mut child = Command::new("node")
        .args(["websocket/follow.mjs", PAGE, &plant.program.url("")])
        .args([form.clients.to_string(), form.duration.as_millis().to_string()])
        .arg(seed.to_string())
        .current_dir(FOLDER)
        .env("FLEETWATCH_USERNAME", ADMINISTRATOR.0)
        .env("FLEETWATCH_PASSWORD", ADMINISTRATOR.1)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("Node.js is there");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let mut errors = child.stderr.take().expect("it is piped");
    let directed = async {
        let mut figures = String::new();
        while let Some(line) = lines.next_line().await.expect("text") {
            match line.as_str() {
                r#"{"phase":"churn"}"# => is_active.store(true, Ordering::Relaxed),
                r#"{"phase":"quiet"}"# => is_active.store(false, Ordering::Relaxed),
                _ => figures = line,
            }
        }
        figures
    };
    // Read at the same time, because a long report would otherwise fill the pipe and block the script.
    let mut report = String::new();
    let ended = join(directed, errors.read_to_string(&mut report));
    let limit = form.duration + Duration::from_secs(90);
    let (figures, read) = timeout(limit, ended).await.expect("the script ends");
    read.expect("text");
    let status = child.wait().await.expect("the script has ended");
    robots.abort();
    assert!(status.success(), "{status}, seed {seed}\n{report}");
    println!("{figures}");
    let figures: Value = serde_json::from_str(&figures).expect("figures");
    assert!(figures["rounds"].as_u64() > Some(0), "{figures}");
}
