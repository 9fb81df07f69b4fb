//! A `redis-server` process under the control of a guard process.

use std::{
    fmt, fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Time limit for starting and for every response.
pub(super) const DEADLINE: Duration = Duration::from_secs(20);

/// Shell script that starts `redis-server`, prints its process id and exits with it. When standard input ends, because
/// its other end was closed or the owner's process died for any reason, the script kills the server and removes its
/// directory.
const GUARD: &str = r#"
directory=$1; shift
exec 3<&0
redis-server "$@" </dev/null >"$directory/log" 2>&1 &
server=$!
echo $server
( read -r _ <&3; kill -9 $server; rm -rf "$directory" ) 2>/dev/null &
watcher=$!
wait $server
kill $watcher 2>/dev/null
"#;

pub(super) struct Process {
    guard: Child,
    server: Pid,
    port: u16,
    directory: TempDir,
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

/// Result of a start.
pub(super) enum Started {
    Running(Process),
    /// The server exited, usually because its port was taken. Contains its log.
    Ended(String),
}

impl Process {
    /// Starts a server with these arguments and this configuration file, and waits until it responds.
    pub(super) fn start(port: u16, arguments: &[&str], configuration: &str) -> Started {
        let directory = tempfile::Builder::new()
            .prefix("redis-")
            .tempdir()
            .expect("a temporary directory");
        let file = directory.path().join("redis.conf");
        fs::write(&file, configuration).expect("a file in the temporary directory");

        // Use a separate process group: a signal to the group of a test run must leave the guard alive to clean up.
        let mut guard = Command::new("sh")
            .process_group(0)
            .args(["-c", GUARD, "redis-guard"])
            .arg(directory.path())
            .arg(&file)
            .args(arguments)
            .args([
                "--bind",
                "127.0.0.1",
                "-::1", // if IPv6 is available
                "--port",
                &port.to_string(),
                "--daemonize",
                "no",
            ])
            .arg("--dir")
            .arg(directory.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null()) // the shell reports killed children
            .spawn()
            .expect("a shell");
        let mut line = String::new();
        BufReader::new(guard.stdout.take().expect("standard output is piped"))
            .read_line(&mut line)
            .expect("the guard prints the server's process id");
        let server = line
            .trim()
            .parse()
            .ok()
            .and_then(Pid::from_raw)
            .expect("a process id");

        let mut process = Self {
            guard,
            server,
            port,
            directory,
        };
        if process.wait_until_it_answers() {
            return Started::Running(process);
        }
        let log = process.log();
        assert!(
            !log.contains("not found"),
            "redis-server is missing on this machine; deploy/test.sh installs it:\n{log}"
        );
        Started::Ended(log)
    }

    /// Waits until the server responds. Returns `false` if the server exited before that. The response must contain the
    /// server's process id, because another process may have taken the port first.
    fn wait_until_it_answers(&mut self) -> bool {
        let began = Instant::now();
        loop {
            if self.guard.try_wait().expect("the guard is our child").is_some() {
                return false;
            }
            let own = format!("process_id:{}\r\n", self.server.as_raw_nonzero());
            if self
                .try_ask("INFO server")
                .is_ok_and(|answer| answer.contains(&own))
            {
                return true;
            }
            assert!(
                began.elapsed() < DEADLINE,
                "redis-server does not answer:\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// Sends an inline command and returns the response.
    pub(super) fn ask(&self, command: &str) -> String {
        self.try_ask(command).expect("the private Redis server answers")
    }

    fn try_ask(&self, command: &str) -> std::io::Result<String> {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port))?;
        socket.set_read_timeout(Some(DEADLINE))?;
        socket.write_all(format!("{command}\r\n").as_bytes())?;
        let mut reader = BufReader::new(socket);
        let mut answer = String::new();
        reader.read_line(&mut answer)?;
        // A bulk string starts with its length; all other responses used here are single lines.
        if let Some(length) = answer
            .strip_prefix('$')
            .and_then(|length| length.trim().parse().ok())
        {
            answer.clear();
            reader.take(length).read_to_string(&mut answer)?;
        }
        Ok(answer)
    }

    pub(super) fn signal(&self, signal: Signal) {
        kill_process(self.server, signal).expect("the server's process exists");
    }

    #[cfg(test)]
    pub(super) fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // The guard exits when its standard input is closed; an error here cannot be handled.
        let _ = self.guard.wait();
    }
}
