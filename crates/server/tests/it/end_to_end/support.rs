//! A running server and clients for its endpoints.

use std::{
    collections::HashMap,
    process::Stdio,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use adapters_auth::SigningKey;

use deadpool_redis::redis::{AsyncCommands as _, aio::MultiplexedConnection, cmd};
use futures::{SinkExt as _, StreamExt as _};
use rustix::process::{Pid, Signal, kill_process};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use test_stores::{postgres::TestDatabase, redis::RedisServer};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    net::TcpStream,
    process::{Child, Command},
    sync::OnceCell,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest as _},
};

/// Time limit for anything that a test waits for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A running server process. Dropping it kills the process.
pub(crate) struct Program {
    child: Child,
    pub address: String,
    log: Arc<Mutex<String>>,
    http: reqwest::Client,
    administrator: OnceCell<Tokens>,
}

/// Username and password of the first administrator of every server.
pub(crate) const ADMINISTRATOR: (&str, &str) = ("admin", "correct horse battery staple");

/// The key with which all servers of a test run sign their tokens, in PEM.
static SIGNING_KEY: LazyLock<String> =
    LazyLock::new(|| SigningKey::generate().to_pem().expose_secret().to_owned());

/// Tokens and id of a user who has logged in.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub access: String,
    pub refresh: String,
    /// The user's id.
    pub user: String,
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

    /// Starts a command like [`Program::start`], with additional variables whose names get no `FLEETWATCH_` prefix.
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

    async fn launch(command: Command, variables: &[(&str, &str)], environment: &[(&str, &str)]) -> Self {
        let program = Self::launch_unready(command, variables, environment).await;
        program.until_status("/health/ready", 200).await;
        program
    }

    async fn launch_unready(
        mut command: Command,
        variables: &[(&str, &str)],
        environment: &[(&str, &str)],
    ) -> Self {
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
        let (found, address) = tokio::sync::oneshot::channel();
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
        let address = tokio::time::timeout(PATIENCE, address)
            .await
            .ok()
            .and_then(Result::ok);
        let Some(address) = address else {
            panic!("the program does not listen:\n{}", log.lock().expect("log"))
        };
        Self {
            child,
            address,
            log,
            http: reqwest::Client::new(),
            administrator: OnceCell::new(),
        }
    }

    /// Returns the key that signs tokens, in PEM.
    pub(crate) fn signing_key() -> &'static str {
        &SIGNING_KEY
    }

    pub(crate) fn log(&self) -> String {
        self.log.lock().expect("the lock is not poisoned").clone()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns a builder of a request.
    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().expect("a method");
        self.http.request(method, self.url(path))
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let response = self.http.get(self.url(path)).send().await.expect("it listens");
        (response.status().as_u16(), response.text().await.expect("a body"))
    }

    pub(crate) async fn until_status(&self, path: &str, status: u16) {
        until_ok(&format!("{path} answers {status}"), || async {
            (self.get(path).await.0 == status).then_some(())
        })
        .await;
    }

    /// Sends a request to the REST API. Returns the status and the body, which is `Null` if it is not JSON.
    pub(crate) async fn rest(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> (u16, Value) {
        let mut request = self.request(method, path);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("it listens");
        let status = response.status().as_u16();
        let text = response.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Logs a user in, which must succeed.
    pub(crate) async fn log_in(&self, username: &str, password: &str) -> Tokens {
        let body = json!({"username": username, "password": password});
        let (status, answer) = self.rest("POST", "/api/auth/login", None, Some(body)).await;
        assert_eq!(status, 200, "{answer}");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Tokens {
            access: text(&answer["accessToken"]),
            refresh: text(&answer["refreshToken"]),
            user: text(&answer["user"]["id"]),
        }
    }

    /// Returns the administrator's tokens, logging in on the first call.
    pub(crate) async fn administrator(&self) -> &Tokens {
        self.administrator
            .get_or_init(|| self.log_in(ADMINISTRATOR.0, ADMINISTRATOR.1))
            .await
    }

    /// Creates a user with a role, and logs the user in.
    pub(crate) async fn create_user(&self, username: &str, role: &str, organization: Option<&str>) -> Tokens {
        let body = json!({
            "username": username, "password": ADMINISTRATOR.1, "role": role, "organizationId": organization,
        });
        let (status, made) = self.as_administrator("POST", "/api/users", Some(body)).await;
        assert_eq!(status, 201, "{made}");
        self.log_in(username, ADMINISTRATOR.1).await
    }

    /// Sends a request to the REST API as the administrator.
    pub(crate) async fn as_administrator(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let token = self.administrator().await.access.clone();
        self.rest(method, path, Some(&token), body).await
    }

    /// Executes a GraphQL operation as the administrator. Returns the whole response.
    pub(crate) async fn graphql(&self, query: &str, variables: Value) -> Value {
        let token = self.administrator().await.access.clone();
        self.graphql_as(Some(&token), query, variables).await
    }

    /// Executes a GraphQL operation. Returns the whole response.
    pub(crate) async fn graphql_as(&self, token: Option<&str>, query: &str, variables: Value) -> Value {
        let request = json!({"query": query, "variables": variables});
        let mut response = self.http.post(self.url("/graphql")).body(request.to_string());
        if let Some(token) = token {
            response = response.bearer_auth(token);
        }
        let response = response
            .header("content-type", "application/json")
            .send()
            .await
            .expect("it listens");
        let body = response.text().await.expect("a body");
        serde_json::from_str(&body).unwrap_or_else(|_| panic!("no JSON: {body}"))
    }

    /// Registers an AMR and returns its id.
    pub(crate) async fn create(&self, name: &str) -> String {
        let input = json!({
            "name": name, "type": "AMR", "manufacturer": "Northline", "model": "N1",
            "specification": {"maxSpeed": 1.5, "maxLoad": 100.0, "batteryCapacity": 480.0},
            "amr": {"lidarEnabled": true, "cameraEnabled": false, "ultrasonicEnabled": false, "autonomyLevel": 4},
        });
        let create =
            "mutation($input: CreateVehicleInput!) { createVehicle(input: $input) { id status isEnabled } }";
        let answer = self.graphql(create, json!({"input": input})).await;
        let vehicle = &answer["data"]["createVehicle"];
        assert_eq!(
            (&vehicle["status"], &vehicle["isEnabled"]),
            (&json!("IDLE"), &json!(false)),
            "{answer}"
        );
        vehicle["id"].as_str().expect("an id").to_owned()
    }

    /// Registers and enables an AMR and returns its id.
    pub(crate) async fn create_enabled(&self, name: &str) -> String {
        let id = self.create(name).await;
        self.mutate("enableVehicle(id: $id) { isEnabled }", &id).await;
        id
    }

    /// Executes a mutation on one vehicle, such as `enableVehicle(id: $id) { id }`.
    pub(crate) async fn mutate(&self, mutation: &str, id: &str) {
        let answer = self
            .graphql(&format!("mutation($id: ID!) {{ {mutation} }}"), json!({"id": id}))
            .await;
        assert!(answer.get("errors").is_none(), "{answer}");
    }

    pub(crate) async fn connect_as(&self, token: &str) -> Client {
        let request = format!("ws://{}/ws", self.address).into_client_request();
        let mut request = request.expect("a request");
        let bearer = format!("Bearer {token}").parse().expect("a header");
        request.headers_mut().insert("authorization", bearer);
        let (socket, _) = tokio_tungstenite::connect_async(request)
            .await
            .expect("the handshake succeeds");
        let mut client = Client { socket };
        assert_eq!(client.next_json().await["type"], "welcome");
        client
    }

    /// Connects a client of `/ws` that subscribes to all vehicles, as the administrator.
    pub(crate) async fn watch_all(&self) -> Client {
        let token = self.administrator().await.access.clone();
        self.watch_all_as(&token).await
    }

    /// Connects a client of `/ws` that subscribes to all vehicles, with a given token.
    pub(crate) async fn watch_all_as(&self, token: &str) -> Client {
        let mut client = self.connect_as(token).await;
        client.send(json!({"type": "subscribeAll"})).await;
        client
            .until("the answer", |message| {
                (message["type"] == "subscribed").then_some(())
            })
            .await;
        client
    }

    /// Returns the value of the metric whose line starts with `line`; 0 if there is none.
    pub(crate) async fn metric(&self, line: &str) -> f64 {
        let (_, page) = self.get("/metrics").await;
        let value = page
            .lines()
            .find_map(|found| found.strip_prefix(line))
            .map(str::trim);
        value.map_or(0.0, |value| value.parse().expect("a number"))
    }

    /// Waits until the server receives messages from robots.
    pub(crate) async fn until_fed(&self) {
        until_ok("the feed is up", || async {
            let (_, health) = self.get("/health/redis").await;
            let health: Value = serde_json::from_str(&health).expect("JSON");
            (health["feed"]["status"] == "up").then_some(())
        })
        .await;
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

    /// Kills the process, and waits until it has ended.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("it runs");
    }

    /// Waits until the process ends, and returns its exit code.
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

/// A WebSocket client.
#[derive(Debug)]
pub(crate) struct Client {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Client {
    pub(crate) async fn send(&mut self, message: Value) {
        self.socket
            .send(Message::text(message.to_string()))
            .await
            .expect("the socket is open");
    }

    pub(crate) async fn next_message(&mut self) -> Message {
        let next = tokio::time::timeout(PATIENCE, self.socket.next())
            .await
            .expect("a message in time");
        next.expect("the socket is open").expect("a valid frame")
    }

    pub(crate) async fn next_json(&mut self) -> Value {
        self.until("any message", |message| Some(message.clone())).await
    }

    /// Reads until the server closes the socket. Returns the code and the reason.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            if let Message::Close(close) = self.next_message().await {
                let close = close.expect("a close frame says why");
                return (close.code.into(), close.reason.as_str().to_owned());
            }
        }
    }

    /// Reads messages until `look` returns a value for one of them, and returns that value.
    pub(crate) async fn until<T>(&mut self, what: &str, mut look: impl FnMut(&Value) -> Option<T>) -> T {
        let mut last = Value::Null;
        let looking = async {
            loop {
                match self.next_message().await {
                    Message::Text(text) => last = serde_json::from_str(&text).expect("JSON"),
                    Message::Ping(_) | Message::Pong(_) => continue,
                    other => panic!("expected JSON, got {other:?}"),
                }
                if let Some(found) = look(&last) {
                    return found;
                }
            }
        };
        let found = tokio::time::timeout(PATIENCE, looking).await;
        found.unwrap_or_else(|_| panic!("timed out: {what}; the last message was {last}"))
    }

    /// Reads messages until `look` returns a value for an event in one of them, and returns that value.
    pub(crate) async fn until_event<T>(
        &mut self,
        what: &str,
        mut look: impl FnMut(&Value) -> Option<T>,
    ) -> T {
        self.until(what, |message| {
            message["events"].as_array()?.iter().find_map(&mut look)
        })
        .await
    }

    /// Reads messages until a vehicle is at the given x coordinate, and returns the event.
    pub(crate) async fn until_at(&mut self, vehicle: &str, x: f64) -> Value {
        self.until_event(&format!("{vehicle} at {x}"), |event| {
            let is_it = event["type"] == "positionUpdate" && event["vehicleId"] == vehicle;
            (is_it && event["position"]["x"] == x).then(|| event.clone())
        })
        .await
    }
}

/// A server with its own database and Redis.
pub(crate) struct Plant {
    pub program: Program,
    pub redis: RedisServer,
    pub database: TestDatabase,
}

impl Plant {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    pub(crate) async fn with(variables: &[(&str, &str)]) -> Self {
        let (database, redis) = (TestDatabase::create().await, RedisServer::start());
        let (database_url, redis_url) = (database.url(), redis.url());
        let mut all = vec![
            ("DATABASE__URL", database_url.as_str()),
            ("REDIS__URL", redis_url.as_str()),
        ];
        all.extend(variables);
        let program = Program::serve(&all).await;
        program.until_fed().await;
        Self {
            program,
            redis,
            database,
        }
    }

    /// Starts another server on the same database and Redis.
    pub(crate) async fn another(&self, variables: &[(&str, &str)]) -> Program {
        let (database_url, redis_url) = (self.database.url(), self.redis.url());
        let mut all = vec![
            ("DATABASE__URL", database_url.as_str()),
            ("REDIS__URL", redis_url.as_str()),
        ];
        all.extend(variables);
        let program = Program::serve(&all).await;
        program.until_fed().await;
        program
    }

    pub(crate) async fn robot(&self) -> Robot {
        Robot {
            connection: self.redis.connection().await,
        }
    }
}

/// A publisher of messages, like a robot.
pub(crate) struct Robot {
    pub connection: MultiplexedConnection,
}

impl Robot {
    pub(crate) async fn publish(&mut self, channel: &str, payload: impl AsRef<[u8]>) {
        let _: i64 = self
            .connection
            .publish(channel, payload.as_ref())
            .await
            .expect("Redis is there");
    }

    /// Returns the fields of each dead letter, oldest first.
    pub(crate) async fn dead_letters(&self) -> Vec<HashMap<String, Vec<u8>>> {
        let mut range = cmd("XRANGE");
        let range = range.arg("fleetwatch:dlq").arg("-").arg("+");
        let letters: Vec<(String, HashMap<String, Vec<u8>>)> = range
            .query_async(&mut self.connection.clone())
            .await
            .expect("Redis is there");
        letters.into_iter().map(|(_, letter)| letter).collect()
    }

    pub(crate) async fn is_at(&mut self, vehicle: &str, x: f64) {
        self.publish("vehicle:position:update", position(vehicle, x).to_string())
            .await;
    }
}

/// Builds a valid position message with the current time.
pub(crate) fn position(vehicle: &str, x: f64) -> Value {
    json!({
        "vehicleId": vehicle, "x": x, "y": 2.0, "z": 0.0, "qx": 0, "qy": 0, "qz": 0, "qw": 1,
        "timestamp": now_ms(), "frame_id": "map", "map_id": "floor-1",
    })
}

pub(crate) fn now_ms() -> i64 {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970");
    i64::try_from(now.as_millis()).expect("before the year 292 million")
}

/// Calls `look` until it returns a value, and panics after [`PATIENCE`].
pub(crate) async fn until_ok<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < deadline, "timed out: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
