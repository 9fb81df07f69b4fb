//! `/health` with stores that respond but reject writes.

use deadpool_redis::redis::cmd;
use serde_json::{Value, json};
use test_stores::{postgres::PrivatePostgres, redis::RedisServer};

use super::support::{Plant, Program, until_ok};

async fn health(program: &Program, path: &str) -> (u16, Value) {
    let (status, body) = program.get(path).await;
    (status, serde_json::from_str(&body).expect("JSON"))
}

/// Waits until a store is degraded for `reason`, or up if it is `None`. The overall status must agree.
async fn until_status(program: &Program, path: &str, part: &str, reason: Option<&str>) {
    let expected = reason.map_or("up", |_| "degraded");
    until_ok(&format!("{path} says {reason:?}"), || async {
        let (status, body) = health(program, path).await;
        let is_it = body["status"] == expected && body["reason"] == json!(reason);
        is_it.then(|| assert_eq!(status, 200, "{body}"))
    })
    .await;
    let (status, whole) = health(program, "/health").await;
    assert_eq!((status, &whole["status"]), (200, &json!(expected)), "{whole}");
    assert_eq!(whole[part]["reason"], json!(reason), "{whole}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_rejects_writes_is_degraded_with_the_reason() {
    let redis = RedisServer::start();
    let program = Program::serve(&[("REDIS__URL", &redis.url())]).await;
    program.until_fed().await;
    let mut connection = redis.connection().await;
    let says = async |reason| until_status(&program, "/health/redis", "redis", reason).await;
    says(None).await;
    for (degrade, restore, reason) in [
        (
            &["CONFIG", "SET", "maxmemory", "1"][..],
            &["CONFIG", "SET", "maxmemory", "0"][..],
            "the memory limit is reached",
        ),
        (
            &["CONFIG", "SET", "min-replicas-to-write", "1"],
            &["CONFIG", "SET", "min-replicas-to-write", "0"],
            "too few replicas are connected",
        ),
        // No server listens on port 1, so it remains a replica without a master.
        (
            &["REPLICAOF", "127.0.0.1", "1"],
            &["REPLICAOF", "NO", "ONE"],
            "the server is a read-only replica",
        ),
    ] {
        for (words, reason) in [(degrade, Some(reason)), (restore, None)] {
            let mut command = cmd(words[0]);
            command
                .arg(&words[1..])
                .exec_async(&mut connection)
                .await
                .expect("Redis is there");
            says(reason).await;
        }
    }
}

/// Restricts the server to rights with which a probe of its own keys succeeds, so the live keys need a separate probe.
#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_rejects_only_live_keys_is_degraded_with_the_reason() {
    let plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Seen").await;
    let mut robot = plant.robot().await;
    let mut connection = plant.redis.connection().await;
    let says = async |reason| until_status(&plant.program, "/health/redis", "redis", reason).await;
    robot.is_at(&vehicle, 1.0).await;
    says(None).await;
    for (degrade, restore, reason) in [
        (
            &["resetkeys", "~fleetwatch:*", "~{fleetwatch:dlq}:*"][..],
            "allkeys",
            "the user lacks permission to write the live keys",
        ),
        (
            &["resetkeys", "~fleetwatch:*", "~vehicle:*"],
            "allkeys",
            "the user lacks permission to write the live keys",
        ),
        // No probe uses the commands that only live keys need; a failed write reports them.
        (&["-evalsha"], "+@all", "the live keys cannot be written"),
    ] {
        for (rules, reason) in [(degrade, Some(reason)), (&[restore][..], None)] {
            cmd("ACL")
                .arg(&["SETUSER", "default"])
                .arg(rules)
                .exec_async(&mut connection)
                .await
                .expect("Redis is there");
            robot.is_at(&vehicle, 1.0).await;
            says(reason).await;
        }
    }
}

/// Makes a snapshot fail, after which Redis rejects writes until a snapshot succeeds.
#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_cannot_save_is_degraded_until_it_can() {
    let redis = RedisServer::start();
    let program = Program::serve(&[("REDIS__URL", &redis.url())]).await;
    program.until_fed().await;
    let mut connection = redis.connection().await;
    let says = async |reason| until_status(&program, "/health/redis", "redis", reason).await;
    says(None).await;
    let (_, directory): (String, String) = cmd("CONFIG")
        .arg(&["GET", "dir"])
        .query_async(&mut connection)
        .await
        .expect("a setting");
    // A directory with the name of the file makes saving fail.
    let file = std::path::Path::new(&directory).join("dump.rdb");
    std::fs::create_dir(&file).expect("a directory of the server's own");
    let save = async |connection: &mut _| {
        for words in [&["CONFIG", "SET", "save", "3600 1000000"][..], &["BGSAVE"]] {
            let mut command = cmd(words[0]);
            command.arg(&words[1..]);
            command
                .exec_async(connection)
                .await
                .expect("Redis takes the command");
        }
    };
    save(&mut connection).await;
    says(Some("the server cannot save to disk")).await;
    std::fs::remove_dir(&file).expect("it is empty");
    save(&mut connection).await;
    says(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_made_read_only_is_degraded_until_the_setting_is_reset() {
    let postgres = PrivatePostgres::launch().await;
    let program = Program::serve(&[("DATABASE__URL", &postgres.url())]).await;
    let says = async |reason| until_status(&program, "/health/db", "db", reason).await;
    program.create("Before").await;
    says(None).await;
    let client = postgres.client().await;
    let (_, body) = health(&program, "/health/db").await;
    assert!(body["since"].is_string() && body["latencyMs"].is_f64(), "{body}");
    for statement in [
        "ALTER DATABASE postgres SET default_transaction_read_only = on",
        // The setting applies to new connections, so those of the pool are terminated.
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE pid <> pg_backend_pid() AND datname = current_database()",
    ] {
        client.batch_execute(statement).await.expect("a statement");
    }
    says(Some("transactions are read-only by default")).await;
    // The connections of the pool keep the setting, and the server replaces them.
    let reset = "ALTER DATABASE postgres RESET default_transaction_read_only";
    client.batch_execute(reset).await.expect("a statement");
    says(None).await;
    until_ok("changes succeed", || async {
        let forklift = json!({
            "type": "FORKLIFT", "name": "After", "manufacturer": "Acme",
            "specification": {"maxSpeed": 1, "maxLoad": 1, "batteryCapacity": 1}, "details": {},
        });
        let (status, problem) = program
            .as_administrator("POST", "/api/vehicles", Some(forklift))
            .await;
        assert!([201, 503].contains(&status), "{problem}");
        (status == 201).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_read_only_is_degraded_with_the_reason() {
    let postgres = PrivatePostgres::launch().await;
    let program = Program::serve(&[("DATABASE__URL", &postgres.url())]).await;
    let says = async |reason| until_status(&program, "/health/db", "db", reason).await;
    says(None).await;
    let client = postgres.client().await;
    client
        .batch_execute("SET default_transaction_read_only = off")
        .await
        .expect("a setting");
    for (setting, reason) in [
        ("on", Some("transactions are read-only by default")),
        ("off", None),
    ] {
        for statement in [
            format!("ALTER SYSTEM SET default_transaction_read_only = {setting}"),
            "SELECT pg_reload_conf()".to_owned(),
        ] {
            client.batch_execute(&statement).await.expect("a statement");
        }
        says(reason).await;
    }
}

/// A trigger raises the error of a full disk, so that no disk has to be filled.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_whose_disk_is_full_is_degraded_with_the_reason() {
    let postgres = PrivatePostgres::launch().await;
    let program = Program::serve(&[("DATABASE__URL", &postgres.url())]).await;
    let says = async |reason| until_status(&program, "/health/db", "db", reason).await;
    program.create("Before").await;
    says(None).await;
    let client = postgres.client().await;
    client
        .batch_execute(
            "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 RAISE EXCEPTION 'could not extend file \"base/5/16413\": No space left on device'
                     USING ERRCODE = 'disk_full';
             END $$;
             CREATE TRIGGER fill BEFORE INSERT ON vehicles FOR EACH ROW EXECUTE FUNCTION fill()",
        )
        .await
        .expect("a trigger");
    let specification = json!({"maxSpeed": 1, "maxLoad": 1, "batteryCapacity": 1});
    let forklift = json!({
        "type": "FORKLIFT", "name": "After", "manufacturer": "Acme", "specification": specification, "details": {},
    });
    let (status, problem) = program
        .as_administrator("POST", "/api/vehicles", Some(forklift))
        .await;
    assert_eq!(status, 503, "{problem}");
    says(Some("the disk is full")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frequent_health_requests_cause_few_probes() {
    let redis = RedisServer::start();
    let program = Program::serve(&[("REDIS__URL", &redis.url())]).await;
    program.until_fed().await;
    let mut connection = redis.connection().await;
    let writes = async |connection: &mut _| {
        let statistics: String = cmd("INFO")
            .arg("commandstats")
            .query_async(connection)
            .await
            .expect("information");
        let line = statistics
            .lines()
            .find_map(|line| line.strip_prefix("cmdstat_set:calls="));
        let number = line
            .and_then(|line| line.split_once(','))
            .map(|(number, _)| number.parse());
        number.transpose().expect("a number").unwrap_or(0_u64)
    };
    let (before, began) = (writes(&mut connection).await, std::time::Instant::now());
    for _ in 0..500 {
        assert_eq!(program.get("/health/redis").await.0, 200);
    }
    let (writes, took) = (
        writes(&mut connection).await - before,
        began.elapsed().as_secs_f64(),
    );
    assert!(
        writes as f64 <= 2.0 * took + 2.0,
        "{writes} writes for 500 requests in {took} s"
    );
}
