//! Load that callers can cause without permissions: log lines and database queries.

use std::time::{Duration, Instant};

use deadpool_redis::redis::AsyncCommands as _;

use super::support::{Plant, Program, until_ok};

#[tokio::test(flavor = "multi_thread")]
async fn rejected_requests_are_summarized_in_the_log() {
    let program = Program::serve(&[("LIMITS__API_BURST", "20"), ("LIMITS__API_PER_SECOND", "1")]).await;
    for _ in 0..300 {
        program.get("/api/vehicles").await;
    }
    let summary = |log: &str| {
        let line = log.lines().find(|line| {
            line.contains("repeated log lines were suppressed") && line.contains("\"status_code\":429")
        });
        line.map(str::to_owned)
    };
    let line = until_ok("the summary", || async { summary(&program.log()) }).await;
    let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert!(line["left_out"].as_u64().expect("a number") > 100, "{line}");
    let log = program.log();
    for status in [401, 429] {
        let lines = log.lines().filter(|line| {
            line.contains("\"message\":\"answered\"") && line.contains(&format!("\"status_code\":{status}"))
        });
        let count = lines.count();
        assert!((1..=10).contains(&count), "{count} lines of {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_announcements_causes_few_database_queries() {
    let plant = Plant::start().await;
    let client = plant.database.client().await;
    let commits = || async {
        let row = client
            .query_one(
                "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()",
                &[],
            )
            .await
            .expect("statistics");
        row.get::<_, i64>(0)
    };
    let (before, began) = (commits().await, Instant::now());
    let mut redis = plant.redis.connection().await;
    while began.elapsed() < Duration::from_secs(3) {
        for number in 0..500_u64 {
            let _: i64 = redis
                .publish("fleetwatch:events", 1_000_000 + number)
                .await
                .expect("Redis is there");
        }
    }
    // PostgreSQL connections report their statistics with a delay of a second or two.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (commits, took) = (commits().await - before, began.elapsed().as_secs_f64());
    // At most 20 queries per second for announcements, plus some background queries of the server.
    let at_most = 40.0 * took;
    assert!((commits as f64) < at_most, "{commits} commits in {took} s");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_can_read_the_log_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("logs/fleetwatch.log");
    let program = Program::serve(&[("LOG__FILE", file.to_str().expect("a plain path"))]).await;
    program.get("/health").await;
    let mode = |path: &std::path::Path| {
        let found = std::fs::metadata(path).expect("it is there");
        found.permissions().mode() & 0o777
    };
    assert_eq!(
        (mode(&file), mode(file.parent().expect("a directory"))),
        (0o600, 0o700)
    );
}
