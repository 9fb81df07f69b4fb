//! A shell that follows the set-up, and the servers that it uses.

use std::{
    fs,
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;
use test_stores::{ports::free_ports, postgres::PrivatePostgres};
use tokio::{
    io::AsyncWriteExt as _,
    process::{Child, ChildStdin, Command},
};
use tokio_postgres::NoTls;

use crate::examples::markdown::root;

/// Time limit for the commands of a block.
const PATIENCE: Duration = Duration::from_secs(120);

/// Range of ports that servers of other tests don't use.
const PORTS: std::ops::Range<u16> = 9_000..11_000;

/// Tables whose rows a server changes by itself.
const WORK_IN_PROGRESS: [&str; 2] = ["outbox", "outbox_position"];

/// A directory that takes the place of a machine's file system, and a shell.
pub(super) struct Machine {
    directory: TempDir,
    postgres: PrivatePostgres,
    redis_port: u16,
    http_port: u16,
    https_port: u16,
    shell: Child,
    group: Option<Pid>,
    input: ChildStdin,
    pasted: usize,
}

/// Kills all processes that the shell has started.
impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            // All processes may already have exited.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Machine {
    pub(super) async fn prepare() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let postgres = launch_with_passwords().await;
        let [redis_port, http_port, proxy_http_port, https_port] = free_ports(PORTS);
        let output = fs::File::create(directory.path().join("output")).expect("a file");
        let mut command = Command::new("bash");
        command
            .current_dir(directory.path())
            .env_clear()
            .envs(["PATH", "LANG"].map(|name| (name, std::env::var(name).unwrap_or_default())))
            .env("HOME", directory.path())
            .env("ROOT", directory.path())
            .env("REPOSITORY", root())
            .env("FLEETWATCH", env!("CARGO_BIN_EXE_fleetwatch"))
            .env("REDIS_PORT", redis_port.to_string())
            .env("PROXY_HTTP_PORT", proxy_http_port.to_string())
            .env("PROXY_HTTPS_PORT", https_port.to_string())
            .env("PGHOST", "127.0.0.1")
            .env("PGPORT", postgres.port().to_string())
            .env("PGUSER", "postgres")
            .stdin(Stdio::piped())
            .stdout(output.try_clone().expect("a file"))
            .stderr(output)
            .process_group(0)
            .kill_on_drop(true);
        let mut shell = command.spawn().expect("bash is there");
        let group = shell
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        let input = shell.stdin.take().expect("it is piped");
        let mut machine = Self {
            directory,
            postgres,
            redis_port,
            http_port,
            https_port,
            shell,
            group,
            input,
            pasted: 0,
        };
        machine.run("machine.sh", include_str!("machine.sh")).await;
        machine
    }

    /// Returns the address of the server behind HAProxy.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.http_port)
    }

    /// Returns the printed output of all commands so far.
    pub(super) fn output(&self) -> String {
        let output = fs::read(self.path("output")).expect("a file");
        String::from_utf8_lossy(&output).into_owned()
    }

    /// Runs commands of the documentation, which must succeed.
    pub(super) async fn paste(&mut self, what: &str, commands: &str) {
        let commands = self.localized(commands);
        self.run(what, &commands).await;
    }

    /// Returns the value of an expression in the shell.
    pub(super) async fn value(&mut self, expression: &str) -> String {
        let file = self.path("value");
        let print = format!("printf %s \"{expression}\" >'{}'\n", file.display());
        self.run(expression, &print).await;
        fs::read_to_string(file).expect("it was written")
    }

    async fn run(&mut self, what: &str, commands: &str) {
        self.pasted += 1;
        let script = self.path(&format!("commands-{}.sh", self.pasted));
        let done = self.path(&format!("done-{}", self.pasted));
        fs::write(&script, commands).expect("a file");
        let (script, mark) = (script.display(), done.display());
        // The shell reads its own commands from its standard input, which the sourced commands must not read.
        let source = format!("EXAMPLE='{what}'\n. '{script}' </dev/null\n: >'{mark}'\n");
        // If the shell has exited, the loop reports it.
        let _ = self.input.write_all(source.as_bytes()).await;
        let deadline = Instant::now() + PATIENCE;
        while !done.exists() {
            let ended = self.shell.try_wait().expect("it is our child");
            assert!(ended.is_none(), "{what}: {ended:?}\n{}", self.output());
            assert!(Instant::now() < deadline, "{what}: timed out\n{}", self.output());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Returns the number of rows and a digest of each table of a database.
    pub(super) async fn tables(&self, database: &str) -> Vec<(String, i64, String)> {
        let client = self.connect(database).await;
        let list = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
        let rows = client.query(list, &[]).await.expect("a list of tables");
        let names = rows.iter().map(|row| row.get::<_, String>(0));
        let mut tables = Vec::new();
        for name in names.filter(|name| !WORK_IN_PROGRESS.contains(&&**name)) {
            let digest = format!(
                "SELECT count(*), md5(coalesce(string_agg(r::text, E'\\n' ORDER BY r::text), '')) FROM {name} AS r"
            );
            let row = client.query_one(&digest, &[]).await.expect("a digest");
            tables.push((name, row.get(0), row.get(1)));
        }
        assert!(tables.len() > 10, "{tables:?}");
        tables
    }

    /// Executes a statement as the superuser. The statement must fail; its SQLSTATE is returned.
    pub(super) async fn attempt(&self, statement: &str) -> Option<String> {
        let client = self.connect("fleetwatch").await;
        let refused = client.batch_execute(statement).await.expect_err(statement);
        refused.code().map(|code| code.code().to_owned())
    }

    async fn connect(&self, database: &str) -> tokio_postgres::Client {
        let url = format!(
            "postgres://postgres@127.0.0.1:{}/{database}",
            self.postgres.port()
        );
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("it runs");
        tokio::spawn(connection);
        client
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Replaces paths and ports.
    fn localized(&self, commands: &str) -> String {
        let postgres = self.postgres.port();
        let replacements = [
            ("127.0.0.1:5432", format!("127.0.0.1:{postgres}")),
            ("127.0.0.1:6379", format!("127.0.0.1:{}", self.redis_port)),
            ("127.0.0.1:8080", self.address()),
            ("https://$host", format!("https://$host:{}", self.https_port)),
        ];
        let directory = self.directory.path().to_str().expect("UTF-8");
        replacements
            .iter()
            .fold(below(directory, commands), |text, (from, to)| {
                text.replace(from, to)
            })
    }
}

/// Puts absolute paths in a text below a directory, except those of the system's programs and devices.
fn below(directory: &str, text: &str) -> String {
    const MOVED: [&str; 4] = ["/etc/", "/run/", "/usr/local/", "/var/"];
    let mut moved = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('/') {
        moved.push_str(before);
        let begins = !moved.ends_with(|c: char| c.is_alphanumeric() || "./-_}".contains(c));
        let path = &rest[before.len()..];
        if begins && MOVED.iter().any(|prefix| path.starts_with(prefix)) {
            moved.push_str(directory);
        }
        moved.push('/');
        rest = after;
    }
    moved + rest
}

/// Launches PostgreSQL, which requires passwords of all roles except the superuser, as Debian configures it.
async fn launch_with_passwords() -> PrivatePostgres {
    let postgres = PrivatePostgres::launch().await;
    let superuser = postgres.client().await;
    let row = superuser
        .query_one("SHOW hba_file", &[])
        .await
        .expect("a setting");
    let rules = "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
    fs::write(row.get::<_, String>(0), rules).expect("root, or the owner");
    let reload = superuser.batch_execute("SELECT pg_reload_conf()").await;
    reload.expect("a superuser");
    postgres
}

#[test]
fn only_absolute_paths_are_moved() {
    for (text, expected) in [
        (
            "--to=/etc/a \"/var/b\" >/run/c",
            "--to=/r/etc/a \"/r/var/b\" >/r/run/c",
        ),
        ("/usr/local/bin/ /usr/bin/x", "/r/usr/local/bin/ /usr/bin/x"),
        (
            "https://h/etc/d $x/etc/e /dev/null",
            "https://h/etc/d $x/etc/e /dev/null",
        ),
        ("a/var/f", "a/var/f"),
    ] {
        assert_eq!(below("/r", text), expected);
    }
}
