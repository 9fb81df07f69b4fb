//! A PostgreSQL cluster in its own directory, and its watchdog.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{installation::Installation, server::Server};
use crate::ports::free_port;

const WATCHDOG: &str = include_str!("watchdog.sh");

/// Number of attempts to start on a free port, because another process may take the port first.
const ATTEMPTS: usize = 20;
/// Ports below the range that Linux uses for outgoing connections, so that no connection gets the port of a stopped
/// server.
const PORTS: std::ops::Range<u16> = 22_000..32_000;

/// Durability is off, because no data outlives the run. Autovacuum is off, because it would sometimes block cloning a
/// database.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
shared_buffers = 32MB
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
jit = off
";

/// Shutdown modes of a server.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stop {
    /// An orderly stop, which ends sessions and keeps the data.
    Fast,
    /// An immediate stop, like a power cut.
    Immediate,
}

/// Directory of a cluster.
#[derive(Debug, Clone)]
pub(super) struct Cluster {
    installation: &'static Installation,
    home: PathBuf,
}

impl Cluster {
    /// Returns the cluster with this name, which need not exist.
    pub(super) fn named(name: &str) -> Self {
        let installation = Installation::find();
        Self {
            installation,
            home: installation.base_directory().join(name),
        }
    }

    /// Acquires the entry lock, which a process must hold while it becomes a user of a cluster.
    pub(super) fn entrance(&self) -> File {
        let lock = self.lock_file(&self.entrance_path());
        lock.lock().expect("a lock on our own file");
        lock
    }

    /// Creates the directory, replacing any remains of a crash, and returns the lock of its first user, which must
    /// exist before a watchdog starts. The entry lock must be held.
    pub(super) fn claim(&self) -> File {
        self.remove();
        fs::create_dir(&self.home).expect("a directory for a server");
        self.installation.give(&self.home);
        self.enter()
    }

    /// Initialises the directory and starts the server with additional settings.
    pub(super) fn launch(&self, settings: &str) -> Server {
        let mut initdb = self.installation.command("initdb", &self.home);
        initdb.args([
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C",
        ]);
        succeed(
            initdb
                .args(["--no-sync", "--no-instructions", "-D"])
                .arg(self.data()),
        );
        self.configure(SETTINGS);
        self.configure(settings);
        self.start_on_a_free_port()
    }

    fn start_on_a_free_port(&self) -> Server {
        for _ in 0..ATTEMPTS {
            let port = free_port(PORTS);
            // The last line for a setting takes precedence.
            self.configure(&format!("port = {port}\n"));
            match self.try_start() {
                Ok(()) => {
                    fs::write(self.port_path(), port.to_string()).expect("our own directory");
                    return Server { port };
                }
                Err(log) if log.contains("Address already in use") => {}
                Err(log) => panic!("PostgreSQL did not start:\n{log}"),
            }
        }
        panic!("no free port for a PostgreSQL server in {PORTS:?} after {ATTEMPTS} attempts");
    }

    fn configure(&self, settings: &str) {
        let file = File::options()
            .append(true)
            .open(self.data().join("postgresql.conf"));
        file.and_then(|mut file| file.write_all(settings.as_bytes()))
            .expect("initdb wrote the file");
    }

    /// Starts the server. Returns its log if it does not start.
    fn try_start(&self) -> Result<(), String> {
        self.try_start_by(self.pg_ctl("start"))
    }

    fn try_start_by(&self, mut pg_ctl: Command) -> Result<(), String> {
        let log = self.home.join("log");
        let output = pg_ctl.arg("-l").arg(&log).output().expect("pg_ctl is installed");
        if output.status.success() {
            return Ok(());
        }
        Err(format!(
            "{}{}",
            fs::read_to_string(log).unwrap_or_default(),
            String::from_utf8_lossy(&output.stderr)
        ))
    }

    fn pg_ctl(&self, verb: &str) -> Command {
        let mut command = self.installation.command("pg_ctl", &self.home);
        command
            .args([verb, "--wait", "--timeout=60", "-D"])
            .arg(self.data());
        command
    }

    /// Stops and removes any remains of the cluster after a crash.
    fn remove(&self) {
        if !self.home.exists() {
            return;
        }
        if self.running().is_some() {
            self.stop(Stop::Immediate);
        }
        fs::remove_dir_all(&self.home).expect("our own directory");
    }

    /// Removes clusters that have neither users nor a watchdog. The entry lock must be held.
    pub(super) fn sweep() {
        let base = Installation::find().base_directory();
        for home in fs::read_dir(base)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
        {
            let Some(name) = home
                .file_name()
                .and_then(|name| name.to_str())
                .filter(|_| home.is_dir())
            else {
                continue;
            };
            let cluster = Self::named(name);
            let is_left = |lock: &str| cluster.lock_file(&home.join(lock)).try_lock().is_ok();
            if is_left("users.lock") && is_left("watchdog.lock") {
                cluster.remove();
            }
        }
    }

    /// Registers a user of the server, which runs at least until the returned file is closed.
    pub(super) fn enter(&self) -> File {
        let lock = self.lock_file(&self.home.join("users.lock"));
        lock.lock_shared().expect("a lock on our own file");
        lock
    }

    /// Starts a watchdog for the server unless it has one.
    pub(super) fn watch(&self, grace_s: u32) {
        use std::os::unix::process::CommandExt;
        let life = self.lock_file(&self.home.join("watchdog.lock"));
        if life.try_lock().is_err() {
            return;
        }
        // Use a separate process group: a signal to the group of a test run must not terminate the watchdog.
        self.installation
            .run_by_account(Command::new("sh"), Path::new("/"))
            .args(["-c", WATCHDOG, "watchdog"])
            .args([
                &self.home,
                &self.entrance_path(),
                &self.installation.program("pg_ctl"),
            ])
            .arg(grace_s.to_string())
            .process_group(0)
            .stdin(life)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("a shell");
    }

    /// Returns the server if it is running.
    pub(super) fn running(&self) -> Option<Server> {
        let port = fs::read_to_string(self.port_path()).ok()?.parse().ok()?;
        let mut status = self.installation.command("pg_ctl", &self.home);
        let output = status.args(["status", "-D"]).arg(self.data()).output();
        output
            .is_ok_and(|output| output.status.success())
            .then_some(Server { port })
    }

    /// Restarts the server on its previous port.
    pub(super) fn start(&self) {
        if let Err(log) = self.try_start() {
            panic!("PostgreSQL did not start again:\n{log}");
        }
    }

    /// Starts the server on its previous port unless it is running. Returns `false` if it does not start.
    pub(super) fn start_unless_running(&self) -> bool {
        self.running().is_some() || self.try_start().is_ok()
    }

    /// Removes the file with the postmaster's process id after the processes were killed. A killed process whose parent
    /// has not noticed its termination would be taken for a running one.
    pub(super) fn forget_processes(&self) {
        let removed = fs::remove_file(self.postmaster_path());
        removed.expect("a killed server leaves its process id");
    }

    /// Makes the data directory a link to an empty directory, which the server's account will own.
    pub(super) fn keep_data_in(&self, directory: &Path) {
        self.installation.give(directory);
        std::os::unix::fs::symlink(directory, self.data()).expect("our own directory");
    }

    /// Starts the server like [`Cluster::start`], with messages in a language. `LANGUAGE` selects a translation in
    /// every locale except `C`, so the locale of the language need not be installed.
    pub(super) fn start_speaking(&self, language: &str) {
        self.configure("lc_messages = 'C.UTF-8'\n");
        let mut pg_ctl = self.pg_ctl("start");
        pg_ctl.env("LANGUAGE", language);
        if let Err(log) = self.try_start_by(pg_ctl) {
            panic!("PostgreSQL did not start again:\n{log}");
        }
    }

    pub(super) fn stop(&self, how: Stop) {
        let mode = match how {
            Stop::Fast => "fast",
            Stop::Immediate => "immediate",
        };
        succeed(self.pg_ctl("stop").args(["-m", mode]));
    }

    /// Returns the process id of the postmaster, the parent of all server processes.
    pub(super) fn postmaster(&self) -> i32 {
        let file = fs::read_to_string(self.postmaster_path()).expect("the server runs");
        file.lines()
            .next()
            .and_then(|line| line.trim().parse().ok())
            .expect("its first line is a process id")
    }

    /// Writes a file that only the server's account can read.
    pub(super) fn put(&self, name: &str, content: &str) -> PathBuf {
        let path = self.home.join(name);
        fs::write(&path, content).expect("our own directory");
        self.installation.give(&path);
        path
    }

    #[cfg(test)]
    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    fn postmaster_path(&self) -> PathBuf {
        self.data().join("postmaster.pid")
    }

    fn port_path(&self) -> PathBuf {
        self.home.join("port")
    }

    fn entrance_path(&self) -> PathBuf {
        self.installation.base_directory().join("entrance.lock")
    }

    /// Opens a lock file that the watchdog can open too.
    fn lock_file(&self, path: &Path) -> File {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        self.installation.give(path);
        file.expect("our own directory")
    }
}

fn succeed(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&said)
    );
}
