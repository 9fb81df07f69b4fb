//! HAProxy in front of several servers.

use std::{fs, path::Path, process::Stdio};

use tempfile::TempDir;
use test_stores::ports::free_port;
use tokio::process::{Child, Command};

use crate::end_to_end::support::until_ok;

/// Ports below the range that Linux uses for outgoing connections.
const PORTS: std::ops::Range<u16> = 11_000..15_000;

/// Attempts to start on a free port, because another process may take the port first.
const ATTEMPTS: usize = 10;

/// A running HAProxy. Dropping it kills the process.
#[derive(Debug)]
pub(super) struct HaProxy {
    address: String,
    _process: Child,
    _directory: TempDir,
}

impl HaProxy {
    /// Starts HAProxy, and waits until a server answers through it.
    ///
    /// # Panics
    /// If it is not installed, or does not start.
    pub(super) async fn before(servers: &[String]) -> Self {
        for _ in 0..ATTEMPTS {
            let port = free_port(PORTS);
            let directory = tempfile::Builder::new().prefix("haproxy-").tempdir();
            let directory = directory.expect("a temporary directory");
            let file = directory.path().join("haproxy.cfg");
            fs::write(&file, configuration(port, servers)).expect("a file");
            let mut process = start(&file);
            let address = format!("127.0.0.1:{port}");
            let ready = format!("http://{address}/health/ready");
            let is_running = until_ok("HAProxy has a server, or ends", || {
                let ended = process.try_wait().expect("it can be waited for").is_some();
                let answer = reqwest::get(ready.clone());
                async move {
                    match ended {
                        true => Some(false),
                        false => answer
                            .await
                            .is_ok_and(|answer| answer.status() == 200)
                            .then_some(true),
                    }
                }
            })
            .await;
            if is_running {
                return Self {
                    address,
                    _process: process,
                    _directory: directory,
                };
            }
        }
        panic!("HAProxy did not start in {ATTEMPTS} attempts");
    }

    /// Returns the host and port.
    pub(super) fn address(&self) -> &str {
        &self.address
    }
}

fn start(configuration: &Path) -> Child {
    // Debian keeps it out of the `PATH` of users.
    let places = ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy"];
    let program = places.into_iter().find(|place| Path::new(place).is_file());
    Command::new(program.unwrap_or("haproxy"))
        .args(["-db", "-f"])
        .arg(configuration)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("HAProxy is installed by `deploy/test.sh install`")
}

/// A request is sent to another server only if no connection could be opened, so none is executed twice.
fn configuration(port: u16, servers: &[String]) -> String {
    let mut text = format!(
        "global
    maxconn 1000
defaults
    mode http
    timeout connect 1s
    timeout client 60s
    timeout server 60s
    timeout tunnel 1h
    retries 3
    retry-on conn-failure
    option redispatch 1
frontend public
    bind 127.0.0.1:{port}
    default_backend servers
backend servers
    balance roundrobin
    option httpchk
    http-check send meth GET uri /health/ready ver HTTP/1.1 hdr Host fleetwatch
    default-server check inter 200ms fall 2 rise 1 on-marked-down shutdown-sessions
"
    );
    for (number, address) in servers.iter().enumerate() {
        text.push_str(&format!("    server fleetwatch{number} {address}\n"));
    }
    text
}
