//! The process of a server.

use std::{
    process::Stdio,
    sync::{Arc, LazyLock, Mutex},
};

use adapters_auth::SigningKey;
use rustix::process::{Pid, Signal, kill_process};
use secrecy::ExposeSecret as _;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    sync::{OnceCell, oneshot},
};

use super::{PATIENCE, Tokens};

/// Username and password of the first administrator of every server.
pub(crate) const ADMINISTRATOR: (&str, &str) = ("admin", "correct horse battery staple");

/// The key with which all servers of a test run sign their tokens, in PEM.
static SIGNING_KEY: LazyLock<String> =
    LazyLock::new(|| SigningKey::generate().to_pem().expose_secret().to_owned());

/// A running server process. Dropping it kills the process.
pub(crate) struct Program {
    child: Child,
    pub address: String,
    log: Arc<Mutex<String>>,
    pub(super) http: reqwest::Client,
    pub(super) administrator: OnceCell<Tokens>,
}

impl Program {
    /// Starts the server on a free port and waits until it is ready.
    pub(crate) async fn serve(variables: &[(&str, &str)]) -> Self {
        Self::start(&["serve"], variables).await
    }

    /// Starts the server with a limit on file descriptors, and waits until it is ready.
    pub(crate) async fn with_descriptors(descriptors: u32, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new("/bin/sh");
        let limited = format!("ulimit -n {descriptors} && exec \"$0\" serve");
        command.args(["-c", &limited, env!("CARGO_BIN_EXE_fleetwatch")]);
        Self::launch(command, variables, &[]).await
    }

    /// Starts a command that runs a server, and waits until it is ready.
    pub(crate) async fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::start_in(arguments, variables, &[]).await
    }

    /// Starts a command in the same way as [`Program::start`], with additional variables whose names get no
    /// `FLEETWATCH_` prefix.
    pub(crate) async fn start_in(
        arguments: &[&str],
        variables: &[(&str, &str)],
        environment: &[(&str, &str)],
    ) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleetwatch"));
        command.args(arguments);
        Self::launch(command, variables, environment).await
    }

    /// Starts the server of another version, and waits until it is ready.
    pub(crate) async fn serve_with(program: &str, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(program);
        command.arg("serve");
        Self::launch(command, variables, &[]).await
    }

    /// Starts the server without waiting until it is ready.
    pub(crate) async fn serve_unready(variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleetwatch"));
        command.arg("serve");
        Self::launch_unready(command, variables, &[]).await
    }

    /// Starts a command without waiting for it to listen, so its address is not known.
    pub(crate) fn start_only(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleetwatch"));
        command.args(arguments);
        Self::spawn(command, variables, &[]).0
    }

    async fn launch(command: Command, variables: &[(&str, &str)], environment: &[(&str, &str)]) -> Self {
        let program = Self::launch_unready(command, variables, environment).await;
        program.until_status("/health/ready", 200).await;
        program
    }

    async fn launch_unready(
        command: Command,
        variables: &[(&str, &str)],
        environment: &[(&str, &str)],
    ) -> Self {
        let (mut program, address) = Self::spawn(command, variables, environment);
        let address = tokio::time::timeout(PATIENCE, address)
            .await
            .ok()
            .and_then(Result::ok);
        let Some(address) = address else {
            panic!("the program does not listen:\n{}", program.log())
        };
        program.address = address;
        program
    }

    /// Starts a command. Returns its process, and the address at which it listens, once it does.
    fn spawn(
        mut command: Command,
        variables: &[(&str, &str)],
        environment: &[(&str, &str)],
    ) -> (Self, oneshot::Receiver<String>) {
        let mut child = command
            .env_clear()
            .envs(environment.iter().copied())
            .env("FLEETWATCH_HTTP__BIND", "127.0.0.1:0")
            .env("FLEETWATCH_HTTP__WORKERS", "1")
            .env("FLEETWATCH_LOG__FORMAT", "json")
            .env("FLEETWATCH_AUTH__SIGNING_KEY", SIGNING_KEY.as_str())
            .env("FLEETWATCH_AUTH__ADMIN_USERNAME", ADMINISTRATOR.0)
            .env("FLEETWATCH_AUTH__ADMIN_PASSWORD", ADMINISTRATOR.1)
            .envs(
                variables
                    .iter()
                    .map(|(name, value)| (format!("FLEETWATCH_{name}"), value)),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program was built with this test");
        let log = Arc::new(Mutex::new(String::new()));
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let (found, address) = oneshot::channel();
        let kept = Arc::clone(&log);
        tokio::spawn(async move {
            let mut found = Some(found);
            while let Ok(Some(line)) = lines.next_line().await {
                if let (Some(address), Some(found)) =
                    (listening_at(&line), found.take_if(|_| line.contains("listening")))
                {
                    let _ = found.send(address);
                }
                let mut kept = kept.lock().expect("the lock is not poisoned");
                kept.push_str(&line);
                kept.push('\n');
            }
        });
        let program = Self {
            child,
            address: String::new(),
            log,
            http: reqwest::Client::new(),
            administrator: OnceCell::new(),
        };
        (program, address)
    }

    /// Returns the key that signs tokens, in PEM.
    pub(crate) fn signing_key() -> &'static str {
        &SIGNING_KEY
    }

    pub(crate) fn log(&self) -> String {
        self.log.lock().expect("the lock is not poisoned").clone()
    }

    /// Returns the resident memory of the process, in MiB.
    pub(crate) fn resident_mib(&self) -> u64 {
        let pid = self.child.id().expect("it runs");
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line
            .and_then(|rest| rest.trim().strip_suffix(" kB"))
            .expect("a size");
        kib.trim().parse::<u64>().expect("a number") / 1_024
    }

    pub(crate) fn signal_to_stop(&self) {
        self.signal(Signal::TERM);
    }

    /// Sends a signal to the process.
    pub(crate) fn signal(&self, signal: Signal) {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        let process = id.and_then(Pid::from_raw).expect("it runs");
        kill_process(process, signal).expect("it runs");
    }

    /// Kills the process, and waits until it has exited.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("it runs");
    }

    /// Waits until the process exits, and returns its exit code.
    pub(crate) async fn ended(&mut self) -> Option<i32> {
        let status = tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .expect("it ends in time");
        status.expect("it can be waited for").code()
    }
}

/// Returns the first address in a log line. A server that listens on all addresses is reached at 127.0.0.1.
fn listening_at(line: &str) -> Option<String> {
    let start = line.find("127.0.0.1:").or_else(|| line.find("0.0.0.0:"))?;
    let length = line[start..].find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':')?;
    let port = line[start..start + length].split_once(':')?.1;
    Some(format!("127.0.0.1:{port}"))
}
