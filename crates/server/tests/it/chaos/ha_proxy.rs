//! HAProxy in front of several servers, with the configuration of `deploy/`.

use std::{fs, path::Path, process::Stdio};

use tempfile::TempDir;
use test_stores::ports::free_port;
use tokio::process::{Child, Command};

use super::PORTS;
use crate::end_to_end::support::until_ok;

const CONFIGURATION: &str = include_str!("../../../../../deploy/haproxy/haproxy.cfg");

/// Number of attempts to start on a free port, because another process may take the port first.
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
    /// Panics if HAProxy is not installed, or does not start.
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

/// Returns the configuration of `deploy/` for a process that is not run by root: with other addresses, fewer
/// connections, and without TLS, which the clients do not use here.
///
/// # Panics
/// Panics if a text that is to be replaced does not occur.
fn configuration(port: u16, servers: &[String]) -> String {
    let servers: String = (1..)
        .zip(servers)
        .map(|(number, address)| format!("    server s{number} {address}\n"))
        .collect();
    let replacements = [
        // Only root can change the user.
        (
            "    user haproxy\n    group haproxy\n    chroot /var/lib/haproxy\n",
            String::new(),
        ),
        ("    maxconn 100000\n", "    maxconn 1000\n".to_owned()),
        ("    bind :80\n", format!("    bind 127.0.0.1:{port}\n")),
        (
            "    bind :443 ssl crt /etc/haproxy/fleet.example.pem alpn h2,http/1.1\n",
            String::new(),
        ),
        (
            "    http-request redirect scheme https code 308 unless { ssl_fc }\n",
            String::new(),
        ),
        (
            "    server one 10.0.0.11:8080\n    server two 10.0.0.12:8080\n",
            servers,
        ),
    ];
    replacements
        .iter()
        .fold(CONFIGURATION.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "deploy/haproxy/haproxy.cfg has no `{from}`");
            text.replace(from, to)
        })
}
