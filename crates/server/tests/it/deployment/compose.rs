//! `docker-compose.yml`, and the scripts that its containers and its user run.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::Command,
};

use deadpool_redis::redis::{Client, cmd};
use serde_json::{Value, json};
use tempfile::TempDir;
use test_stores::{postgres::PrivatePostgres, redis::RedisServer};
use tokio::task::spawn_blocking;

use super::{must, repository, seconds_to_stop, text, tool, yaml};
use crate::{
    command_line::{fleetwatch, stderr},
    end_to_end::support::{Program, until_ok},
};

fn compose() -> Value {
    yaml(&text("docker-compose.yml")).remove(0)
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let entries = value.as_object().into_iter().flatten();
    entries.map(|(name, value)| (name.as_str(), value))
}

fn texts(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// Secrets that `deploy/secrets.sh` has created in a separate checkout.
struct Checkout(TempDir);

impl Checkout {
    fn with_secrets() -> Self {
        let checkout = Self::new();
        checkout.make_secrets();
        checkout
    }

    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        fs::create_dir(directory.path().join("deploy")).expect("a directory");
        for script in ["secrets.sh", "tools.sh"] {
            let to = directory.path().join("deploy").join(script);
            fs::copy(repository("deploy").join(script), to).expect("a copy");
        }
        Self(directory)
    }

    fn make_secrets(&self) {
        must(&mut Command::new(self.path("deploy/secrets.sh")));
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// Returns the file with the variables of Compose.
    fn variables(&self) -> String {
        fs::read_to_string(self.path(".env")).expect("variables of Compose")
    }

    /// Returns the files of all secrets with their contents, by the names under which containers know them.
    fn secrets(&self) -> BTreeMap<String, (PathBuf, String)> {
        let compose = compose();
        let files = entries(&compose["secrets"]).map(|(name, secret)| {
            let path = self.path(secret["file"].as_str().expect("a path"));
            let content =
                fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (name.to_owned(), (path, content.trim().to_owned()))
        });
        files.collect()
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn the_files_follow_the_specification_of_compose() {
    let mut check = tool("check-jsonschema");
    check.args(["--builtin-schema", "vendor.compose-spec"]);
    must(check.args(["docker-compose.yml", "deploy/compose.tracing.yml"]));
}

#[test]
fn secrets_are_private_complete_and_kept() {
    let checkout = Checkout::with_secrets();
    assert_eq!(mode(&checkout.path(".fleetwatch/secrets")), 0o700);
    let before = checkout.secrets();
    for (name, (path, content)) in &before {
        assert!(content.len() >= 16, "{name}");
        // Other containers run as other users, so all users may read their files. The directory keeps them private.
        let is_for_others = path.to_string_lossy().contains("/for-others/");
        assert_eq!(mode(path), if is_for_others { 0o644 } else { 0o600 }, "{name}");
    }
    let variables = checkout.variables();
    let owner = variables.trim_end().strip_prefix("SECRETS_OWNER=");
    let (user, _) = owner.and_then(|owner| owner.split_once(':')).expect(&variables);
    assert_ne!(user, "0", "the server would run as root");
    for (name, (path, _)) in &before {
        if !path.to_string_lossy().contains("/for-others/") {
            let file = fs::metadata(path).expect("it is there");
            assert_eq!(file.uid().to_string(), user, "{name}");
        }
    }
    checkout.make_secrets();
    assert_eq!(checkout.secrets(), before);
    assert_eq!(checkout.variables(), variables);
    assert_ne!(
        Checkout::with_secrets().secrets()["redis_url"].1,
        before["redis_url"].1
    );
}

#[test]
fn variables_of_the_user_are_kept() {
    for existing in ["", "FLEETWATCH_PORT=9090", "FLEETWATCH_PORT=9090\n"] {
        let checkout = Checkout::new();
        fs::write(checkout.path(".env"), existing).expect("it can be written");
        checkout.make_secrets();
        let variables = checkout.variables();
        let lines: Vec<_> = variables.lines().collect();
        let (last, others) = lines.split_last().expect("a line");
        assert_eq!(others, existing.lines().collect::<Vec<_>>(), "{variables}");
        assert!(last.starts_with("SECRETS_OWNER="), "{variables}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_and_the_robots_have_users_of_redis_with_the_permissions_that_they_need() {
    let (checkout, redis) = (Checkout::with_secrets(), RedisServer::start());
    let mut administrator = redis.connection().await;
    let file = checkout.path(".fleetwatch/secrets/for-others/redis.conf");
    let configuration = fs::read_to_string(file).expect("a configuration");
    let users = configuration
        .lines()
        .filter_map(|line| line.strip_prefix("user "));
    for user in users {
        let mut create = cmd("ACL");
        create.arg("SETUSER").arg(user.split(' ').collect::<Vec<_>>());
        create.exec_async(&mut administrator).await.expect(user);
    }
    let address = format!("@127.0.0.1:{}", redis.port());
    let url = checkout.secrets()["redis_url"].1.replace("@redis:6379", &address);
    let program = Program::serve(&[("REDIS__URL", &url)]).await;
    program.until_fed().await;
    for path in ["/health/redis", "/health/websocket"] {
        until_ok(path, || async {
            let (_, body) = program.get(path).await;
            body.starts_with(r#"{"status":"up""#).then_some(())
        })
        .await;
    }

    let vehicle = program.create_enabled("Tugger").await;
    let password = fs::read_to_string(checkout.path(".fleetwatch/secrets/robots_password"));
    let password = password.expect("a password");
    let robots = Client::open(format!("redis://robots:{}{address}", password.trim())).expect("a URL");
    let mut robots = robots
        .get_multiplexed_async_connection()
        .await
        .expect("Redis knows them");
    let position = json!({"vehicleId": vehicle, "x": 1, "y": 2, "z": 0, "heading": 0, "timestamp": 0});
    let mut publish = cmd("PUBLISH");
    publish.arg("vehicle:position:update").arg(position.to_string());
    publish.exec_async(&mut robots).await.expect("they may publish");
    until_ok("the position is known", || async {
        let path = format!("/api/vehicles/{vehicle}/position");
        let (status, _) = program.as_administrator("GET", &path, None).await;
        (status == 200).then_some(())
    })
    .await;
    let mut heartbeat = cmd("SET");
    heartbeat.arg(&["fleetwatch:bridge:hall-1", r#"{"robots":[]}"#, "EX", "15"]);
    heartbeat
        .exec_async(&mut robots)
        .await
        .expect("bridges may write heartbeats");
    for words in [
        &["SMEMBERS", "vehicles:active"][..],
        &["SET", "vehicles:active", "x"],
        &["FLUSHALL"],
        &["CONFIG", "GET", "*"],
    ] {
        let mut command = cmd(words[0]);
        let refused = command.arg(&words[1..]).exec_async(&mut robots).await;
        let refused = refused.expect_err(words[0]);
        assert_eq!(refused.code(), Some("NOPERM"), "{words:?}: {refused}");
    }
}

/// Replaces `${NAME:-default}` with the default, as Compose does for variables that are not set.
pub(super) fn with_defaults(text: &str) -> String {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (variable, after) = after.split_once('}').expect("it ends");
        let default = variable.split_once(":-").map_or("", |(_, default)| default);
        replaced += before;
        replaced += default;
        rest = after;
    }
    replaced + rest
}

/// Returns the environment of a service, with the files of its secrets in `checkout`.
fn environment(service: &Value, environment: &str, checkout: &Checkout) -> BTreeMap<String, String> {
    let file = service["env_file"].as_str().expect("a file");
    let file = file.replace("${FLEETWATCH_ENV:-production}", environment);
    let lines = text(&file);
    let assignments = lines
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|line| line.split_once('='));
    let mut variables: BTreeMap<_, _> = assignments
        .map(|(name, value)| (name.to_owned(), value.trim_matches(['"', '\'']).to_owned()))
        .collect();
    let given: Vec<_> = texts(&service["secrets"]);
    for (name, value) in entries(&service["environment"]) {
        let mut value = with_defaults(value.as_str().expect("a text"));
        if name == "FLEETWATCH_ENV" {
            value = environment.to_owned();
        }
        if let Some(secret) = value.strip_prefix("/run/secrets/") {
            assert!(
                given.contains(&secret),
                "{name}: {secret} is not given to the container"
            );
            value = checkout.secrets()[secret].0.display().to_string();
        }
        variables.insert(name.to_owned(), value);
    }
    variables
}

#[test]
fn the_program_accepts_its_settings_in_every_environment() {
    let (compose, checkout) = (compose(), Checkout::with_secrets());
    for kind in ["development", "staging", "production"] {
        for service in ["server", "migrate"] {
            let variables = environment(&compose["services"][service], kind, &checkout);
            let variables: Vec<_> = variables
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            let output = fleetwatch(&["config"], &variables);
            assert_eq!(
                output.status.code(),
                Some(0),
                "{kind}, {service}: {}",
                stderr(&output)
            );
            let printed = super::printed(&output);
            // To a container, the stores are on other machines. Their network is private, so encryption is not needed.
            let unexpected: Vec<_> = printed
                .lines()
                .filter(|line| line.starts_with("# warning") && !line.contains("is not encrypted"))
                .collect();
            assert!(unexpected.is_empty(), "{kind}, {service}: {unexpected:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_for_postgresql_creates_roles_for_the_migration_and_the_server() {
    let (checkout, postgres) = (Checkout::with_secrets(), PrivatePostgres::launch().await);
    let url = url::Url::parse(&postgres.url()).expect("a URL");
    let port = postgres.port().to_string();
    let mut script = Command::new(repository("deploy/compose/roles.sh"));
    script
        .env("SECRETS", checkout.path(".fleetwatch/secrets/for-others"))
        .env("POSTGRES_USER", url.username())
        .env("PGHOST", "127.0.0.1")
        .env("PGPORT", &port);
    must(&mut script);
    let superuser = postgres.client().await;
    let query = "SELECT count(*) FROM pg_authid WHERE rolname LIKE 'fleetwatch%' AND rolpassword IS NOT NULL \
                 AND NOT rolsuper";
    let roles: i64 = superuser.query_one(query, &[]).await.expect("roles").get(0);
    assert_eq!(roles, 2);

    let secrets = checkout.secrets();
    let here = |name: &str| {
        secrets[name]
            .1
            .replace("@postgres:5432", &format!("@127.0.0.1:{port}"))
    };
    let (owner, server) = (here("owner_url"), here("database_url"));
    let database_url = server.clone();
    let migrating = spawn_blocking(move || {
        let variables = [
            ("FLEETWATCH_DATABASE__URL", &*server),
            ("FLEETWATCH_DATABASE__OWNER_URL", &*owner),
        ];
        fleetwatch(&["migrate"], &variables)
    });
    let migrated = migrating.await.expect("it does not panic");
    assert_eq!(migrated.status.code(), Some(0), "{}", stderr(&migrated));
    let program = Program::serve(&[("DATABASE__URL", &database_url)]).await;
    program.create_enabled("Tugger").await;
    assert!(
        !program.log().contains("could change entries of the audit log"),
        "{}",
        program.log()
    );
}

#[test]
fn containers_are_confined_and_only_reachable_from_this_machine() {
    let compose = compose();
    for (name, service) in entries(&compose["services"]) {
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(texts(&service["cap_drop"]), ["ALL"], "{name}");
        assert_eq!(
            texts(&service["security_opt"]),
            ["no-new-privileges:true"],
            "{name}"
        );
        for port in texts(&service["ports"]) {
            assert!(port.starts_with("127.0.0.1:"), "{name}: {port}");
        }
        let image = with_defaults(service["image"].as_str().expect("an image"));
        let tag = image.rsplit_once(':').map(|(_, tag)| tag);
        assert!(
            tag.is_some_and(|tag| tag.contains(|c: char| c.is_ascii_digit())),
            "{name}: {image}"
        );
    }
    // The server has no capability at all.
    assert!(compose["services"]["server"]["cap_add"].is_null());
    let grace = compose["services"]["server"]["stop_grace_period"].as_str();
    let grace = grace.and_then(|text| text.strip_suffix('s')).expect("seconds");
    assert!(
        grace.parse::<u64>().expect("a number") >= seconds_to_stop(),
        "{grace}"
    );
}

#[test]
fn every_mounted_file_exists() {
    let compose = compose();
    for (name, service) in entries(&compose["services"]) {
        for volume in texts(&service["volumes"]) {
            let source = volume.split(':').next().expect("a source");
            let exists = match source.strip_prefix("./") {
                Some(path) => repository(path).exists(),
                None => compose["volumes"].get(source).is_some(),
            };
            assert!(exists, "{name}: {volume}");
        }
        for secret in texts(&service["secrets"]) {
            assert!(
                compose["secrets"].get(secret).is_some(),
                "{name}: there is no secret {secret}"
            );
        }
    }
}

#[test]
fn prometheus_scrapes_the_server_with_its_token() {
    let (compose, prometheus) = (compose(), yaml(&text("deploy/compose/prometheus.yml")).remove(0));
    let job = &prometheus["scrape_configs"][0];
    assert_eq!(job["job_name"], "fleetwatch");
    assert_eq!(texts(&job["static_configs"][0]["targets"]), ["server:8080"]);
    assert!(compose["services"]["server"].is_object());
    let token = job["authorization"]["credentials_file"].as_str();
    let token = token
        .and_then(|path| path.strip_prefix("/run/secrets/"))
        .expect("a secret");
    assert!(texts(&compose["services"]["prometheus"]["secrets"]).contains(&token));
    let secrets = Checkout::with_secrets().secrets();
    assert_eq!(secrets[token].1, secrets["metrics_token"].1);
}
