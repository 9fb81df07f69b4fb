use std::{
    env,
    io::{BufRead, BufReader},
    net::TcpStream,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::*;

/// Environment variable that is set in the child process in which the ignored test below runs.
const ORPHAN: &str = "FLEETWATCH_TEST_ORPHAN";

fn check_goes_away(port: u16, home: &Path) {
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_ok() || home.exists() {
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "the server at {port} is still running"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[tokio::test]
async fn databases_of_two_tests_share_no_data() {
    let (one, other) = (TestDatabase::create().await, TestDatabase::create().await);
    one.client()
        .await
        .batch_execute("DELETE FROM organizations")
        .await
        .expect("the first database is migrated");
    let rows = other
        .client()
        .await
        .query("SELECT FROM organizations", &[])
        .await
        .expect("the second database is migrated");
    assert_eq!(rows.len(), 1);
}

#[tokio::test]
async fn dropping_a_database_removes_it() {
    let (gone, stays) = (TestDatabase::empty().await, TestDatabase::empty().await);
    let name = gone.url().rsplit('/').next().map(str::to_owned).expect("a name");
    let _held_open = gone.client().await;
    drop(gone);
    let list = "SELECT FROM pg_database WHERE datname = $1";
    assert!(
        stays
            .client()
            .await
            .query(list, &[&name])
            .await
            .expect("a list")
            .is_empty()
    );
}

#[tokio::test]
async fn a_server_keeps_its_data_and_port_when_it_is_stopped_or_killed() {
    let server = PrivatePostgres::launch().await;
    let url = server.url();
    server
        .client()
        .await
        .batch_execute("CREATE TABLE kept ()")
        .await
        .expect("a table");
    server.stop().await;
    assert!(TcpStream::connect(("127.0.0.1", server.port())).is_err());
    server.start().await;
    server.kill().await;
    assert!(TcpStream::connect(("127.0.0.1", server.port())).is_err());
    server.start().await;
    server
        .client()
        .await
        .batch_execute("TABLE kept")
        .await
        .expect("the table exists");
    assert_eq!(server.url(), url);
}

#[tokio::test]
async fn a_frozen_server_does_not_respond_until_it_is_thawed() {
    let server = PrivatePostgres::launch().await;
    let client = server.client().await;
    server.freeze();
    let mut answer = std::pin::pin!(client.batch_execute("SELECT 1"));
    assert!(
        tokio::time::timeout(Duration::from_millis(300), &mut answer)
            .await
            .is_err()
    );
    server.thaw();
    answer.await.expect("the server responds again");
}

#[tokio::test]
async fn dropping_a_server_ends_it_in_every_state() {
    let (runs, is_stopped, is_frozen) = (
        PrivatePostgres::launch().await,
        PrivatePostgres::launch().await,
        PrivatePostgres::launch().await,
    );
    is_stopped.stop().await;
    is_frozen.freeze();
    for server in [runs, is_stopped, is_frozen] {
        let (port, home) = (server.port(), server.home().to_owned());
        drop(server);
        check_goes_away(port, &home);
    }
}

#[tokio::test]
async fn a_server_ends_when_its_owners_process_is_killed() {
    let mut owner = Command::new(env::current_exe().expect("our own program"))
        .args([
            "--exact",
            "postgres::tests::a_server_whose_owner_will_be_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(ORPHAN, "1")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the child starts");
    let lines = BufReader::new(owner.stdout.take().expect("standard output is piped")).lines();
    let printed = lines
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("owned: ").map(str::to_owned));
    owner.kill().expect("the child runs");
    owner.wait().expect("it is our child");
    let printed = printed.expect("the child prints its server");
    let (port, home) = printed.split_once(' ').expect("a port and a directory");
    check_goes_away(port.parse().expect("a port"), Path::new(home));
}

#[tokio::test]
#[ignore = "run by the test above in a process of its own"]
async fn a_server_whose_owner_will_be_killed() {
    if env::var_os(ORPHAN).is_some() {
        let server = PrivatePostgres::launch().await;
        // Start a new line: the test harness has already printed on the current one.
        println!("\nowned: {} {}", server.port(), server.home().display());
        std::future::pending::<()>().await;
    }
}
