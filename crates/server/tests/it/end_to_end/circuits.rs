//! The circuit breakers in front of PostgreSQL and Redis.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use test_stores::{postgres::PrivatePostgres, redis::RedisServer};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

use super::support::{Plant, Program, until_ok};
use crate::command_line::{fleetwatch, stderr};

/// A store as seen by a client of the server, through a request that cannot be answered without the store.
struct Store<'a> {
    program: &'a Program,
    /// Name of the store in metrics and errors.
    dependency: &'static str,
    health: &'static str,
    request: String,
}

impl Store<'_> {
    async fn request(&self) -> (u16, Value) {
        self.program.as_administrator("GET", &self.request, None).await
    }

    async fn circuit(&self) -> Value {
        let (_, body) = self.program.get(self.health).await;
        let body: Value = serde_json::from_str(&body).expect("JSON");
        body["circuit"].clone()
    }

    async fn metric(&self) -> f64 {
        let line = format!("fleetwatch_circuit_state{{dependency=\"{}\"}}", self.dependency);
        let (_, page) = self.program.get("/metrics").await;
        assert!(page.contains(&line), "{line} is missing");
        self.program.metric(&line).await
    }

    async fn until_shown_as(&self, circuit: &str, metric: f64) {
        until_ok(&format!("{} is {circuit}", self.dependency), || async {
            (self.circuit().await == circuit).then_some(())
        })
        .await;
        until_ok(
            &format!("the metric of {} is {metric}", self.dependency),
            || async { (self.metric().await == metric).then_some(()) },
        )
        .await;
    }

    /// Checks that the circuit opens, and that requests then fail at once with a clear error.
    async fn check_opens(&self) {
        self.until_shown_as("open", 2.0).await;
        until_ok("requests fail", || async {
            (self.request().await.0 == 503).then_some(())
        })
        .await;
        // If each request waited for a timeout of the store, these would take more than a minute.
        let began = Instant::now();
        for _ in 0..200 {
            let (status, body) = self.request().await;
            assert_eq!(status, 503, "{body}");
            let expected = match self.dependency {
                "redis" => "Redis is unavailable",
                _ => "the database is unavailable",
            };
            assert_eq!(body["detail"], json!(expected), "{body}");
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
        let request = self.program.request("GET", &self.request);
        let token = &self.program.administrator().await.access;
        let answer = request.bearer_auth(token).send().await.expect("it listens");
        assert_eq!(answer.headers()["retry-after"], "1");
        // The result of a check before the circuit opened may still be in use.
        self.program.until_status(self.health, 503).await;
        assert_eq!(self.program.get("/health").await.0, 200, "degraded, not down");
    }

    async fn check_closes(&self) {
        self.until_shown_as("closed", 0.0).await;
        until_ok("requests are answered", || async {
            (self.request().await.0 != 503).then_some(())
        })
        .await;
        self.program.until_status(self.health, 200).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_fail_at_once_while_redis_hangs_or_is_stopped() {
    let mut plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Silent").await;
    let store = Store {
        program: &plant.program,
        dependency: "redis",
        health: "/health/redis",
        // The server has received no position of this vehicle, so it looks for one in Redis.
        request: format!("/api/vehicles/{vehicle}/position"),
    };
    store.until_shown_as("closed", 0.0).await;
    plant.redis.pause();
    store.check_opens().await;
    // While Redis accepts connections but does not answer, each attempt of the probe takes a second.
    store.until_shown_as("half_open", 1.0).await;
    plant.redis.resume();
    store.check_closes().await;

    plant.redis.kill();
    store.check_opens().await;
    plant.redis.restart_empty();
    store.check_closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_fail_at_once_while_the_database_hangs_or_is_stopped() {
    let (postgres, redis) = (PrivatePostgres::launch().await, RedisServer::start());
    let (database_url, redis_url) = (postgres.url(), redis.url());
    let program = Program::serve(&[("DATABASE__URL", &database_url), ("REDIS__URL", &redis_url)]).await;
    program.until_fed().await;
    program.administrator().await;
    let store = Store {
        program: &program,
        dependency: "database",
        health: "/health/db",
        request: "/api/vehicles".to_owned(),
    };
    store.until_shown_as("closed", 0.0).await;
    postgres.freeze();
    store.check_opens().await;
    store.until_shown_as("half_open", 1.0).await;
    postgres.thaw();
    store.check_closes().await;

    postgres.kill().await;
    store.check_opens().await;
    let opened = until_ok("the log names the circuit", || async {
        let log = program.log();
        let opened = log
            .lines()
            .filter(|line| line.contains("the circuit has opened"))
            .count();
        (opened >= 2).then_some(log)
    })
    .await;
    assert!(opened.contains("the circuit has closed"), "{opened}");
    postgres.start().await;
    store.check_closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_stores_has_no_circuits() {
    let program = Program::serve(&[]).await;
    let (_, page) = program.get("/metrics").await;
    assert!(!page.contains("fleetwatch_circuit_state{"), "{page}");
    let (_, health) = program.get("/health").await;
    assert!(!health.contains("circuit"), "{health}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_waits_for_its_database() {
    let postgres = PrivatePostgres::launch().await;
    postgres.stop().await;
    let url = postgres.url();
    let mut migrating = Command::new(env!("CARGO_BIN_EXE_fleetwatch"))
        .arg("migrate")
        .env_clear()
        .env("FLEETWATCH_DATABASE__URL", &url)
        .env("FLEETWATCH_DATABASE__STARTUP_WAIT_MS", "25000")
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the program was built with this test");
    let mut printed = BufReader::new(migrating.stderr.take().expect("it is piped")).lines();
    let first = printed.next_line().await.expect("text").expect("a line");
    assert!(
        first.starts_with("waiting for the database, 0 s of at most 25 s: "),
        "{first}"
    );
    postgres.start().await;
    let mut rest = Vec::new();
    while let Some(line) = printed.next_line().await.expect("text") {
        rest.push(line);
    }
    let status = migrating.wait().await.expect("it ends");
    assert_eq!(status.code(), Some(0), "{rest:?}");

    postgres.stop().await;
    let no_wait = ("FLEETWATCH_DATABASE__STARTUP_WAIT_MS", "0");
    let output = fleetwatch(&["seed"], &[("FLEETWATCH_DATABASE__URL", url.as_str()), no_wait]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(
        stderr(&output).starts_with("error: the database is unavailable: "),
        "{}",
        stderr(&output)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_logs_that_it_waits_for_its_database() {
    let postgres = PrivatePostgres::launch().await;
    postgres.stop().await;
    let program = Program::serve_unready(&[("DATABASE__URL", &postgres.url())]).await;
    until_ok("the log names what the server waits for", || async {
        program.log().contains("waiting for the database").then_some(())
    })
    .await;
    assert_eq!(program.get("/health/ready").await.0, 503);
    postgres.start().await;
    program.until_status("/health/ready", 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_listens_although_its_database_hangs_during_the_start() {
    let postgres = PrivatePostgres::launch().await;
    postgres.freeze();
    let program = Program::serve_unready(&[("DATABASE__URL", &postgres.url())]).await;
    program.until_status("/health/live", 200).await;
    assert_eq!(program.get("/health/ready").await.0, 503);
    postgres.thaw();
    program.until_status("/health/ready", 200).await;
}
