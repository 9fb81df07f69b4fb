//! `deploy/stores.sh`, which starts PostgreSQL and Redis for development.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use test_stores::ports::free_ports;

/// Range of ports that servers of other tests don't use.
const PORTS: std::ops::Range<u16> = 12_000..15_000;

/// A checkout that contains only the scripts.
struct Checkout {
    directory: tempfile::TempDir,
    ports: [u16; 2],
}

impl Checkout {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        open_to(directory.path(), 0o755);
        let scripts = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy"));
        fs::create_dir(directory.path().join("deploy")).expect("a directory");
        for script in ["stores.sh", "tools.sh"] {
            let copy = directory.path().join("deploy").join(script);
            fs::copy(scripts.join(script), copy).expect("a copy");
        }
        Self {
            directory,
            ports: free_ports(PORTS),
        }
    }

    fn stores(&self, what: &str) -> Output {
        let [postgres, redis] = self.ports.map(|port| port.to_string());
        Command::new(self.directory.path().join("deploy/stores.sh"))
            .arg(what)
            .env("STORES_POSTGRES_PORT", postgres)
            .env("STORES_REDIS_PORT", redis)
            .output()
            .expect("it runs")
    }

    /// Returns the data directory that the script prints.
    fn data(printed: &Output) -> PathBuf {
        let printed = String::from_utf8_lossy(&printed.stderr);
        let (_, data) = printed
            .split_once("data in ")
            .expect("the data directory is printed");
        data.trim().into()
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        self.stores("down");
    }
}

fn open_to(directory: &Path, mode: u32) {
    fs::set_permissions(directory, fs::Permissions::from_mode(mode)).expect("it is ours");
}

fn check(output: &Output) {
    assert!(output.status.success(), "{output:?}");
}

/// Checks that a server's data directory remains private. The operating system's user for PostgreSQL can't use it.
#[test]
fn stores_start_beside_the_data_directory_of_a_server() {
    let checkout = Checkout::new();
    let data_of_the_server = checkout.directory.path().join(".fleetwatch");
    fs::create_dir(&data_of_the_server).expect("a directory");
    open_to(&data_of_the_server, 0o700);

    let up = checkout.stores("up");
    check(&up);
    let printed = String::from_utf8_lossy(&up.stdout);
    let [postgres, redis] = checkout.ports;
    for line in [
        format!("export FLEETWATCH_DATABASE__URL=postgres://fleetwatch@127.0.0.1:{postgres}/fleetwatch\n"),
        format!("export FLEETWATCH_REDIS__URL=redis://127.0.0.1:{redis}\n"),
    ] {
        assert!(printed.contains(&line), "{printed}");
    }
    check(&checkout.stores("up"));
    let still_private = fs::metadata(&data_of_the_server)
        .expect("it is there")
        .permissions();
    assert_eq!(still_private.mode() & 0o777, 0o700);

    check(&checkout.stores("down"));
    for port in checkout.ports {
        TcpListener::bind(("127.0.0.1", port)).expect("it has stopped");
    }
    let data = Checkout::data(&up);
    assert!(
        data.ends_with("stores") || data.starts_with("/var/tmp"),
        "{data:?}"
    );
    fs::remove_dir_all(&data).expect("the data can be removed");
}
