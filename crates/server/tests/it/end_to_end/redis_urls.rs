//! `REDIS__URL` must work for both Redis clients: the one that receives messages and the one that writes keys.

use deadpool_redis::redis::{AsyncCommands as _, cmd};
use test_stores::{postgres::TestDatabase, redis::RedisServer};

use super::support::{Program, Robot, until_ok};

/// Percent-encodes every byte.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Checks that messages are received and keys are written with the given URL.
async fn check_both_clients(
    redis: &RedisServer,
    url: &str,
    environment: &[(&str, &str)],
    password: Option<&str>,
) {
    let database = TestDatabase::create().await;
    let mut connection = redis.connection().await;
    if let Some(password) = password {
        let set = cmd("CONFIG")
            .arg(&["SET", "requirepass", password])
            .exec_async(&mut connection)
            .await;
        set.expect("a password");
    }
    let variables = [("DATABASE__URL", &*database.url()), ("REDIS__URL", url)];
    let program = Program::start_in(&["serve"], &variables, environment).await;
    program.until_fed().await;
    let vehicle = program.create_enabled("Tugger").await;
    let mut robot = Robot { connection };
    robot.is_at(&vehicle, 1.0).await;
    until_ok("the key is written", || async {
        let key = format!("vehicle:{{{vehicle}}}:position");
        let x: Option<String> = robot.connection.clone().hget(key, "x").await.ok()?;
        (x.as_deref() == Some("1")).then_some(())
    })
    .await;
    let (status, health) = program.get("/health/redis").await;
    assert!(status == 200 && health.contains("\"status\":\"up\""), "{health}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ipv6_address_and_any_password_work_for_both_clients() {
    let redis = RedisServer::start();
    let password = "a b\"c'd\\e%f\ré\n+/@:?#";
    let url = format!("redis://:{}@[::1]:{}", encoded(password), redis.port());
    check_both_clients(&redis, &url, &[], Some(password)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_connection_works_for_both_clients() {
    let directory = tempfile::tempdir().expect("a directory");
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])
        .expect("a certificate");
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| directory.path().join(name));
    std::fs::write(&certificate, certified.cert.pem()).expect("a file");
    std::fs::write(&key, certified.signing_key.serialize_pem()).expect("a file");
    let [certificate, key] = [certificate, key].map(|path| path.to_str().expect("a plain path").to_owned());
    let tls_port = test_stores::ports::free_port(22_000..30_000);
    let redis = RedisServer::start_with(&[
        "--tls-port",
        &tls_port.to_string(),
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-auth-clients",
        "no",
    ]);
    let password = "p w";
    let url = format!("rediss://:{}@127.0.0.1:{tls_port}/0", encoded(password));
    check_both_clients(&redis, &url, &[("SSL_CERT_FILE", &certificate)], Some(password)).await;
}
