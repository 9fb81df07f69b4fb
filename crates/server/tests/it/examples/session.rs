//! A terminal in which the examples of a page run, and the servers that the page relies on.

use std::{
    fmt::Write as _,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Stdio,
    sync::OnceLock,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;
use test_stores::{ports::free_ports, postgres::PrivatePostgres};
use tokio::process::{Child, Command};

use super::{
    Treatment,
    markdown::{Block, root},
    preparation, prompts, shape,
};
use crate::{
    clients,
    end_to_end::support::{ADMINISTRATOR, Plant, until_ok},
};

/// Time limit for all examples of a page together.
const PATIENCE_FOR_A_PAGE: Duration = Duration::from_secs(150);

/// Range of ports that servers of other tests don't use.
const PORTS: std::ops::Range<u16> = 7_100..8_000;

/// The page whose examples start their own servers.
const STARTS_ITS_SERVERS: &str = "README.md";

/// The page whose examples publish positions themselves, and that is run without other robots.
const HAS_NO_OTHER_ROBOTS: &str = "docs/redis.md";

pub(super) struct Session {
    page: String,
    folder: TempDir,
    script: String,
    group: String,
    plant: Option<Plant>,
    leader: OnceLock<i32>,
    ports: [u16; 2],
    cluster: Option<PrivatePostgres>,
    _robots: Option<Child>,
}

/// Kills all processes of the terminal, including background ones, and stops the stores that the page has started.
impl Drop for Session {
    fn drop(&mut self) {
        if let Some(leader) = self.leader.get().and_then(|&id| Pid::from_raw(id)) {
            // All processes may already have exited.
            let _ = kill_process_group(leader, Signal::KILL);
        }
        if self.page == STARTS_ITS_SERVERS {
            let script = self.path("deploy/stores.sh");
            let mut down = std::process::Command::new(script);
            let _ = down.arg("down").envs(self.store_ports()).output();
            // If root runs the script, the data of the stores may be in this directory.
            let name = self.folder.path().to_string_lossy().replace('/', "-");
            let _ = fs::remove_dir_all(format!("/var/tmp/fleetwatch-stores{name}"));
        }
    }
}

impl Session {
    /// Prepares the files and servers that the page relies on.
    pub(super) async fn begin(page: &str, blocks: &[(Treatment, Block)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // The operating system's user for PostgreSQL needs access to files in the folder.
        open_to_all(folder.path());
        let plant = match page {
            STARTS_ITS_SERVERS => None,
            _ => Some(Plant::with(prompts::settings(page)).await),
        };
        let has_sql = blocks.iter().any(|(_, block)| block.language == "sql");
        let cluster = if has_sql {
            Some(PrivatePostgres::launch().await)
        } else {
            None
        };
        let mut session = Self {
            page: page.to_owned(),
            script: String::new(),
            folder,
            group: String::new(),
            leader: OnceLock::new(),
            ports: free_ports(PORTS),
            cluster,
            _robots: None,
            plant,
        };
        session.lay_out();
        if let Some(plant) = &session.plant {
            if !prompts::registers_vehicles(page) {
                preparation::register_vehicles(plant).await;
            }
            session.group = preparation::make_a_group(plant).await;
            session.write(".fleetwatch/demo.env", &session.credentials(plant));
            session.write("address", &plant.program.address);
            if page != HAS_NO_OTHER_ROBOTS {
                session._robots = Some(preparation::drive(plant).await);
            }
        }
        session.script = session.script_of(blocks);
        session
    }

    pub(super) fn plant(&self) -> &Plant {
        self.plant.as_ref().expect("the page has servers")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("it can be written");
    }

    /// Creates the files of a checkout that examples use.
    fn lay_out(&self) {
        fs::create_dir(self.path("seen")).expect("a folder");
        fs::create_dir(self.path("deploy")).expect("a folder");
        for name in ["stores.sh", "secrets.sh", "tools.sh", "compose.tracing.yml"] {
            let path = Path::new("deploy").join(name);
            fs::copy(root().join(&path), self.folder.path().join(&path)).expect("a copy");
        }
        for name in ["docker-compose.yml", "deploy/helm", "deploy/prometheus"] {
            symlink(root().join(name), self.folder.path().join(name)).expect("a link");
        }
        // A stand-in, because the real script runs this test.
        let stand_in = self.path("deploy/test.sh");
        fs::write(&stand_in, "#!/bin/sh\n").expect("it can be written");
        let executable = fs::metadata(root().join("deploy/test.sh"))
            .expect("it is there")
            .permissions();
        fs::set_permissions(&stand_in, executable).expect("it is ours");
        let modules = Path::new(clients::FOLDER).join("node_modules");
        symlink(modules, self.path("node_modules")).expect("a link");
        // Needed only before Node.js 22, which has the `WebSocket` of browsers built in.
        let web_socket = "import WebSocket from 'ws';\nglobalThis.WebSocket ??= WebSocket;\n\
                          globalThis.token = process.env.token;\n";
        self.write("websocket.mjs", web_socket);
    }

    /// Returns the content of the file that `fleetwatch demo` would write.
    fn credentials(&self, plant: &Plant) -> String {
        format!(
            "export url='http://{}'\nexport admin_password='{}'\n",
            plant.program.address, ADMINISTRATOR.1
        )
    }

    /// Joins all blocks into one script.
    fn script_of(&self, blocks: &[(Treatment, Block)]) -> String {
        let mut script = include_str!("terminal.sh").to_owned();
        script += prompts::before(&self.page);
        for (_, block) in blocks
            .iter()
            .filter(|(treatment, _)| *treatment == Treatment::Pasted)
        {
            let pasted = self.pasted(block);
            writeln!(script, "\nEXAMPLE='{}:{}'\n{pasted}", self.page, block.line)
                .expect("writing to a string");
        }
        // Stop the server that may still be running in the background.
        script += "\nEXAMPLE='the end'\nstop\n";
        script
    }

    /// Returns the commands that run a block.
    fn pasted(&self, block: &Block) -> String {
        let name = format!("example-{}", block.line);
        let put = |extension: &str, text: &str| {
            let name = format!("{name}.{extension}");
            self.write(&name, text);
            name
        };
        match block.language.as_str() {
            "sh" => {
                let mut pasted = String::new();
                if self.plant.is_some() && block.text.contains(preparation::VEHICLES[0]) {
                    pasted += "restore_vehicles\n";
                }
                if prompts::starts_a_server(&block.text) {
                    pasted += "stop\n";
                }
                pasted + &block.text
            }
            "graphql" => {
                let body =
                    json!({"query": block.text, "variables": prompts::variables(&block.text, &self.group)});
                let file = put("json", &body.to_string());
                let prepare = if block.text.contains("restoreVehicle(") {
                    "delete_vehicle"
                } else {
                    "restore_vehicles"
                };
                let send = if block.text.trim_start().starts_with("subscription") {
                    "subscription"
                } else {
                    "document"
                };
                format!("{prepare}\n{send} {file}")
            }
            "js" => {
                let program = block
                    .text
                    .replace("127.0.0.1:8080", &self.plant().program.address);
                format!("program {}", put("mjs", &program))
            }
            "ts" => {
                let program = block
                    .text
                    .replace("127.0.0.1:8080", &self.plant().program.address);
                let program = format!("declare const token: string;\n{program}");
                format!("typed_program {}", put("mts", &program))
            }
            "toml" => format!(
                "fleetwatch --config {} config >/dev/null",
                put("toml", &block.text)
            ),
            "env" => block
                .text
                .lines()
                .map(|line| format!("(export '{line}' && fleetwatch config >/dev/null)\n"))
                .collect(),
            "sql" => format!("sql {}", put("sql", &block.text)),
            other => panic!("a block of {other} is not run in the terminal"),
        }
    }

    /// Runs the script, which must succeed.
    pub(super) async fn paste(&self) {
        clients::must_be_installed();
        self.write("terminal.sh", &self.script);
        // Use a file instead of a pipe, which background processes would keep open.
        let output = fs::File::create(self.path("output")).expect("a file");
        let mut command = Command::new("bash");
        command
            .arg("terminal.sh")
            .current_dir(self.folder.path())
            .env_clear()
            .envs(["PATH", "LANG"].map(|name| (name, std::env::var(name).unwrap_or_default())))
            .env("HOME", self.folder.path())
            .env("FLEETWATCH_HTTP__WORKERS", "1")
            .envs(self.variables().await)
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a file"))
            .stderr(output)
            .process_group(0)
            .kill_on_drop(true);
        let mut terminal = command.spawn().expect("bash is there");
        let leader = terminal.id().and_then(|id| i32::try_from(id).ok());
        let leader = leader.expect("it runs");
        self.leader.set(leader).expect("it is pasted once");
        let ended = tokio::time::timeout(PATIENCE_FOR_A_PAGE, terminal.wait()).await;
        let output = fs::read(self.path("output")).expect("a file");
        let output = String::from_utf8_lossy(&output);
        let Ok(status) = ended else {
            panic!("{} does not end:\n{output}", self.page)
        };
        let status = status.expect("it can be waited for");
        assert!(status.success(), "{}: {status}\n{output}", self.page);
    }

    async fn variables(&self) -> Vec<(String, String)> {
        let path = |name: &str| self.path(name).to_str().expect("UTF-8").to_owned();
        let mut variables = vec![
            (
                "FLEETWATCH".to_owned(),
                env!("CARGO_BIN_EXE_fleetwatch").to_owned(),
            ),
            ("CLIENTS".to_owned(), clients::FOLDER.to_owned()),
            (
                "SESSION".to_owned(),
                self.folder.path().to_str().expect("UTF-8").to_owned(),
            ),
            ("SEEN".to_owned(), path("seen")),
            (
                "REPOSITORY".to_owned(),
                root().to_str().expect("UTF-8").to_owned(),
            ),
            ("ADDRESS".to_owned(), path("address")),
        ];
        variables.extend(self.store_ports());
        if let Some(cluster) = &self.cluster {
            variables.push(("CLUSTER".to_owned(), cluster.url()));
        }
        if let Some(plant) = &self.plant {
            let port = plant.redis.port().to_string();
            variables.extend([
                ("HAS_SERVER".to_owned(), "yes".to_owned()),
                (
                    "ADMIN_TOKEN".to_owned(),
                    plant.program.administrator().await.access.clone(),
                ),
                ("REDIS_PORT".to_owned(), port),
                ("FLEETWATCH_DATABASE__URL".to_owned(), plant.database.url()),
                ("FLEETWATCH_REDIS__URL".to_owned(), plant.redis.url()),
            ]);
        }
        variables
    }

    /// Returns the ports on which `deploy/stores.sh` starts PostgreSQL and Redis.
    fn store_ports(&self) -> [(String, String); 2] {
        let [postgres, redis] = self.ports.map(|port| port.to_string());
        [
            ("STORES_POSTGRES_PORT".to_owned(), postgres),
            ("STORES_REDIS_PORT".to_owned(), redis),
        ]
    }

    /// Returns all JSON received while the page was run: bodies, and lines of streams, sockets and logs.
    fn seen(&self) -> Vec<Value> {
        let files = fs::read_dir(self.path("seen")).expect("a folder");
        let texts = files.map(|entry| fs::read(entry.expect("a file").path()).expect("it is there"));
        let mut texts: Vec<_> = texts
            .map(|text| String::from_utf8_lossy(&text).into_owned())
            .collect();
        texts.extend(self.plant.as_ref().map(|plant| plant.program.log()));
        texts.iter().flat_map(|text| shape::values(text)).collect()
    }

    /// Waits until a response that matches a block of the page has been received.
    pub(super) async fn must_have_shown(&self, block: &Block) {
        let example = shape::example(&block.text);
        let example = example.unwrap_or_else(|fault| panic!("{}:{}: {fault}", self.page, block.line));
        let what = format!("a response matches {}:{}: {example}", self.page, block.line);
        until_ok(&what, || async {
            self.seen()
                .iter()
                .any(|value| shape::is_shown(&example, value))
                .then_some(())
        })
        .await;
    }
}

fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("it is ours");
}
