//! HAProxy and nginx with the configurations of `deploy/`, in which only names, addresses, files, users and limits on
//! connections are replaced.

use std::{
    env, fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use tempfile::TempDir;
use test_stores::ports::free_ports;
use tokio::{net::TcpStream, time::sleep};
use tokio_rustls::rustls::pki_types::CertificateDer;

use super::{
    gate::Gate,
    plant::{PORTS, local},
    scale::Kind,
};
use crate::{process::OwnProcess, target::Endpoint};

/// Time limit for a start.
const PATIENCE: Duration = Duration::from_secs(30);

const HAPROXY: &str = include_str!("../../../../deploy/haproxy/haproxy.cfg");
const NGINX: &str = include_str!("../../../../deploy/nginx/nginx.conf");

/// A running load balancer.
#[derive(Debug)]
pub(super) struct Proxy {
    _process: OwnProcess,
    port: u16,
    certificate: CertificateDer<'static>,
    _directory: TempDir,
}

impl Proxy {
    /// Starts a load balancer in front of servers, and waits until it accepts connections.
    ///
    /// # Errors
    /// Fails if the program is not installed or does not start.
    pub(super) async fn start(kind: Kind, servers: &[SocketAddr]) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        // Workers of nginx run as another user.
        open_to_all(directory.path())?;
        let names = ["localhost".to_owned()];
        let certified = rcgen::generate_simple_self_signed(names).context("cannot create a certificate")?;
        let (certificate, key) = (certified.cert.pem(), certified.signing_key.serialize_pem());
        let at = |name: &str| directory.path().join(name);
        fs::write(at("site.crt"), &certificate)?;
        fs::write(at("site.key"), &key)?;
        fs::write(at("site.pem"), format!("{certificate}{key}"))?;
        let [plain, port] = free_ports(PORTS);
        let layout = Layout {
            directory: directory.path(),
            plain,
            port,
            servers,
        };
        let (file, log) = (at("configuration"), at("log"));
        let mut command = match kind {
            Kind::HaProxy => {
                fs::write(&file, haproxy(&layout)?)?;
                let mut command = Command::new(program("haproxy")?);
                command.arg("-db").arg("-f").arg(&file);
                command
            }
            Kind::Nginx => {
                fs::write(&file, nginx(&layout)?)?;
                let mut command = Command::new(program("nginx")?);
                command.arg("-p").arg(directory.path()).arg("-c").arg(&file);
                command.args(["-g", "daemon off;"]);
                command
            }
        };
        let mut process = OwnProcess::start(&mut command, &log)?;
        let began = Instant::now();
        while TcpStream::connect(local(port)).await.is_err() {
            if process.ended()?.is_some() || began.elapsed() > PATIENCE {
                let log = fs::read_to_string(&log).unwrap_or_default();
                bail!("{} did not start:\n{log}", kind.title());
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(Self {
            _process: process,
            port,
            certificate: certified.cert.der().clone(),
            _directory: directory,
        })
    }

    /// Returns access to the load balancer for clients with the token of this endpoint.
    ///
    /// # Errors
    /// Fails if the certificate can't be used.
    pub(super) fn gate(&self, endpoint: &Endpoint) -> anyhow::Result<Gate> {
        Gate::new(local(self.port), self.certificate.clone(), endpoint)
    }
}

/// Files and addresses of a load balancer.
struct Layout<'a> {
    directory: &'a Path,
    /// Port without TLS.
    plain: u16,
    /// Port with TLS.
    port: u16,
    servers: &'a [SocketAddr],
}

fn haproxy(layout: &Layout<'_>) -> anyhow::Result<String> {
    let Layout { plain, port, .. } = layout;
    let pem = layout.directory.join("site.pem");
    let servers = (1..).zip(layout.servers);
    let servers: String = servers
        .map(|(number, address)| format!("    server s{number} {address}\n"))
        .collect();
    replaced(
        HAPROXY,
        &[
            // Only root can change the user.
            (
                "    user haproxy\n    group haproxy\n    chroot /var/lib/haproxy\n",
                String::new(),
            ),
            ("    maxconn 100000\n", "    maxconn 4000\n".to_owned()),
            ("    bind :80\n", format!("    bind 127.0.0.1:{plain}\n")),
            (
                "    bind :443 ssl crt /etc/haproxy/fleet.example.pem ",
                format!("    bind 127.0.0.1:{port} ssl crt {} ", pem.display()),
            ),
            (
                "    server one 10.0.0.11:8080\n    server two 10.0.0.12:8080\n",
                servers,
            ),
        ],
    )
}

fn nginx(layout: &Layout<'_>) -> anyhow::Result<String> {
    let Layout { plain, port, .. } = layout;
    let directory = layout.directory.display();
    let server =
        |address: &dyn std::fmt::Display| format!("        server {address} max_fails=1 fail_timeout=5s;\n");
    let all: String = layout.servers.iter().map(|address| server(address)).collect();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|name| format!("    {name}_temp_path {directory}/{name};\n"))
        .collect();
    let example = [server(&"10.0.0.11:8080"), server(&"10.0.0.12:8080")].concat();
    replaced(
        NGINX,
        &[
            (
                "worker_rlimit_nofile 200000;",
                "worker_rlimit_nofile 8000;".to_owned(),
            ),
            (
                "worker_connections 100000;",
                "worker_connections 4000;".to_owned(),
            ),
            ("pid /run/nginx.pid;", format!("pid {directory}/pid;")),
            (
                "    access_log off;\n",
                format!("    access_log off;\n{temporary}"),
            ),
            ("listen 80;", format!("listen 127.0.0.1:{plain};")),
            ("listen 443 ssl", format!("listen 127.0.0.1:{port} ssl")),
            ("server_name fleet.example;", "server_name localhost;".to_owned()),
            ("/etc/nginx/fleet.example.crt", format!("{directory}/site.crt")),
            ("/etc/nginx/fleet.example.key", format!("{directory}/site.key")),
            (example.as_str(), all),
        ],
    )
}

/// Replaces texts of a configuration, each of which must occur.
fn replaced(configuration: &str, replacements: &[(&str, String)]) -> anyhow::Result<String> {
    let mut text = configuration.to_owned();
    for (from, to) in replacements {
        ensure!(text.contains(from), "the configuration has no `{from}`");
        text = text.replace(from, to);
    }
    Ok(text)
}

/// Returns the path of a program. Debian installs servers outside of the `PATH` of users.
fn program(name: &str) -> anyhow::Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let directories = env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    directories
        .map(|directory| directory.join(name))
        .find(|file| file.is_file())
        .with_context(|| format!("{name} is not installed; run deploy/test.sh install"))
}

fn open_to_all(directory: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    fs::set_permissions(directory, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_are_used_with_other_addresses() {
        let servers = [local(7_001), local(7_002), local(7_003)];
        let layout = Layout {
            directory: Path::new("/tmp/x"),
            plain: 7_080,
            port: 7_443,
            servers: &servers,
        };
        for text in [haproxy(&layout).unwrap(), nginx(&layout).unwrap()] {
            for server in servers {
                assert_eq!(text.matches(&server.to_string()).count(), 1, "{text}");
            }
            let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
            let left = lines.filter(|line| line.contains("10.0.0.") || line.contains("/etc/"));
            assert_eq!(left.count(), 0, "{text}");
        }
    }

    #[test]
    fn a_text_that_does_not_occur_is_named() {
        let fault = replaced("bind :80\n", &[("bind :81\n", String::new())]).unwrap_err();
        assert!(fault.to_string().contains("bind :81"), "{fault}");
    }
}
