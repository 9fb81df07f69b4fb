mod file;
mod protection;
mod schema;
mod secrecy;

use std::{ffi::OsString, fs, path::Path, time::Duration};

use ::secrecy::ExposeSecret as _;
use rstest::rstest;

use super::*;

/// The secret key of the first test of RFC 8032, section 7.1.
const KEY_PEM: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----";

fn load(file: Option<&Path>, variables: &[(&str, &str)]) -> Result<Effective, Problems> {
    let variables = variables
        .iter()
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Effective::load(file, variables)
}

fn load_file(toml: &str, variables: &[(&str, &str)]) -> Result<Effective, Problems> {
    let file = tempfile::Builder::new()
        .suffix(".toml")
        .tempfile()
        .expect("a temporary file");
    fs::write(file.path(), toml).expect("writing it");
    load(Some(file.path()), variables)
}

fn valid(loaded: Result<Effective, Problems>) -> Config {
    loaded.unwrap_or_else(|problems| panic!("{problems}")).config
}

/// Returns the problems as messages.
fn faults(loaded: Result<Effective, Problems>) -> Vec<String> {
    let problems = loaded
        .map(|effective| effective.settings)
        .expect_err("something is wrong");
    problems.iter().map(ToString::to_string).collect()
}

/// Checks that `variable` with this value is rejected by a message that names it and contains `why`.
fn check_refused(variable: &str, value: &str, why: &str) {
    let faults = faults(load(None, &[(variable, value)]));
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults[0].starts_with(&format!("{variable}: ")) && faults[0].contains(why),
        "{}",
        faults[0]
    );
}

fn shown(effective: &Effective, name: &str) -> String {
    let setting = effective.settings.iter().find(|setting| setting.name == name);
    setting
        .unwrap_or_else(|| panic!("there is no {name}"))
        .to_string()
}

#[test]
fn development_needs_no_settings() {
    let config = valid(load(None, &[]));
    assert_eq!(config.environment, Environment::Development);
    assert_eq!(config.http.bind.to_string(), "127.0.0.1:8080");
    assert!(config.http.workers >= 1);
    assert!(config.database.url.is_none() && config.redis.url.is_none());
    assert_eq!(config.live.interval, Duration::from_millis(100));
    assert_eq!(
        config.live.plausibility.bounds.to_string(),
        "-10000,-10000,-1000,10000,10000,1000"
    );
    assert!(config.graphql.introspection);
    assert_eq!(config.log.format, LogFormat::Pretty);
    assert_eq!(config.http.shutdown.drain, Duration::ZERO);
}

#[test]
fn a_variable_overrides_the_file_and_the_file_the_default() {
    let file = "[live]\ninterval_ms = 250\nmax_jump_m = 4.5\n[log]\nlevel = \"debug\"\n";
    let effective = load_file(file, &[("FLEETWATCH_LOG__LEVEL", "warn")]).expect("valid");
    assert_eq!(effective.config.live.interval, Duration::from_millis(250));
    assert_eq!(effective.config.live.plausibility.max_jump_m, 4.5);
    assert_eq!(effective.config.log.level.as_str(), "warn");
    assert!(shown(&effective, "LIVE__INTERVAL_MS").contains(".toml"));
    assert!(shown(&effective, "LOG__LEVEL").ends_with("# environment"));
    assert!(shown(&effective, "LIVE__MAX_SPEED_MPS").ends_with("# default"));
}

#[test]
fn a_file_may_write_lists_as_arrays() {
    let config = valid(load_file(
        "[http]\ncors_origins = [\"https://a.example\", \"https://b.example:8443/\"]\n\
         [live]\nbounds = [-1, -2, -3, 1.5, 2, 3]\n",
        &[],
    ));
    assert_eq!(
        config.http.cors_origins,
        ["https://a.example", "https://b.example:8443"]
    );
    assert_eq!(config.live.plausibility.bounds.to_string(), "-1,-2,-3,1.5,2,3");
}

#[test]
fn a_variable_can_clear_a_list_of_the_file() {
    let file = "[http]\ntrusted_proxies = [\"10.0.0.0/8\"]\n";
    assert_eq!(valid(load_file(file, &[])).http.trusted_proxies.len(), 1);
    let config = valid(load_file(file, &[("FLEETWATCH_HTTP__TRUSTED_PROXIES", "none")]));
    assert!(config.http.trusted_proxies.is_empty());
}

#[test]
fn an_empty_value_counts_as_unset() {
    let config = valid(load(
        None,
        &[
            ("FLEETWATCH_REDIS__URL", ""),
            ("FLEETWATCH_LIVE__INTERVAL_MS", " "),
        ],
    ));
    assert!(config.redis.url.is_none());
    assert_eq!(config.live.interval, Duration::from_millis(100));
}

#[test]
fn variables_of_other_programs_are_ignored() {
    valid(load(
        None,
        &[
            ("HTTP__BIND", "nonsense"),
            ("FLEETWATCHER_X", "1"),
            ("PATH", "/bin"),
        ],
    ));
}

#[test]
fn production_requires_proxies_stores_and_signing_key() {
    let faults = faults(load(None, &[("FLEETWATCH_ENV", "production")]));
    let named: Vec<_> = faults
        .iter()
        .filter_map(|fault| fault.split(':').next())
        .collect();
    assert_eq!(
        named,
        [
            "FLEETWATCH_HTTP__TRUSTED_PROXIES",
            "FLEETWATCH_DATABASE__URL",
            "FLEETWATCH_REDIS__URL",
            "FLEETWATCH_AUTH__SIGNING_KEY"
        ]
    );
    assert!(
        faults
            .iter()
            .all(|fault| fault.contains("must be given in production")),
        "{faults:?}"
    );
}

#[test]
fn production_has_stricter_defaults() {
    let config = valid(load(
        None,
        &[
            ("FLEETWATCH_ENV", "production"),
            (
                "FLEETWATCH_DATABASE__URL",
                "postgres://fleetwatch:secret@db/fleetwatch",
            ),
            ("FLEETWATCH_REDIS__URL", "redis://redis:6379/0"),
            ("FLEETWATCH_AUTH__SIGNING_KEY", KEY_PEM),
            ("FLEETWATCH_HTTP__TRUSTED_PROXIES", "none"),
        ],
    ));
    assert!(!config.graphql.introspection);
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.http.shutdown.drain, Duration::from_secs(5));
}

#[test]
fn the_time_to_drain_is_half_of_a_short_shutdown() {
    let variables = [
        ("FLEETWATCH_ENV", "staging"),
        ("FLEETWATCH_HTTP__SHUTDOWN_TIMEOUT_MS", "3001"),
    ];
    let config = valid(load(None, &variables));
    assert_eq!(config.http.shutdown.drain, Duration::from_millis(1_500));
}

#[test]
fn all_problems_are_reported_at_once() {
    let file = "[http]\nbnid = \"127.0.0.1:1\"\nworkers = 0\n[nonsense]\na = 1\n";
    let faults = faults(load_file(
        file,
        &[
            ("FLEETWATCH_LOG__FORMAT", "xml"),
            ("FLEETWATCH_LIVE__STALE_AFTER", "1"),
        ],
    ));
    let check = |start: &str| {
        assert!(
            faults.iter().any(|fault| fault.starts_with(start)),
            "{start} is not in {faults:#?}"
        );
    };
    check("FLEETWATCH_HTTP__WORKERS: must be a whole number from 1 to 1024, not \"0\"");
    check("FLEETWATCH_LOG__FORMAT: must be pretty or json, not \"xml\"");
    check("FLEETWATCH_HTTP__BNID: unknown key in ");
    check("FLEETWATCH_LIVE__STALE_AFTER: unknown key; did you mean FLEETWATCH_LIVE__STALE_AFTER_MS?");
    check("FLEETWATCH_NONSENSE__A: unknown key in ");
    assert_eq!(faults.len(), 5, "{faults:#?}");
}

#[rstest]
#[case("FLEETWATCH_HTTP_BIND", "did you mean FLEETWATCH_HTTP__BIND?")]
#[case("FLEETWATCH_DATABSE__URL_FILE", "did you mean FLEETWATCH_DATABASE__URL")]
#[case(
    "FLEETWATCH_HTTP",
    "this is a section with keys such as FLEETWATCH_HTTP__BIND"
)]
#[case(
    "FLEETWATCH_HTTP__BIND_FILE",
    "FLEETWATCH_HTTP__BIND is not a secret, so it cannot be read from a file"
)]
#[case("FLEETWATCH_", "unknown key")]
fn an_unknown_key_is_rejected_with_a_hint(#[case] variable: &str, #[case] hint: &str) {
    check_refused(variable, "a-secret", hint);
}

#[test]
fn the_value_of_an_unknown_key_is_not_repeated() {
    let faults = faults(load(None, &[("FLEETWATCH_AUTH__SIGNINGKEY", "a-secret")]));
    assert!(!faults[0].contains("a-secret"), "{}", faults[0]);
}

#[rstest]
#[case("ENV", "prod", "must be development, staging or production")]
#[case("HTTP__BIND", "8080", "must be host:port")]
#[case("HTTP__BIND", "::1:8080", "must be host:port")]
#[case("HTTP__BIND", "127.0.0.1:65536", "must be host:port")]
#[case("HTTP__CORS_ORIGINS", "*", "must be a list of origins")]
#[case("HTTP__CORS_ORIGINS", "https://a.example/path", "must be a list of origins")]
#[case(
    "HTTP__TRUSTED_PROXIES",
    "10.0.0.0/33",
    "must be a list of addresses and networks"
)]
#[case("HTTP__ALLOWED_HOSTS", "https://fleet.example", "must be a list of hosts")]
#[case("HTTP__ALLOWED_HOSTS", "fleet.example,", "must be a list of hosts")]
#[case("HTTP__ALLOWED_HOSTS", "[::1],::1", "and [::1]; invalid: \"::1\"")]
#[case(
    "HTTP__ALLOWED_HOSTS",
    "a:99999,b,a:0,c..d",
    "invalid: \"a:99999\", \"a:0\", \"c..d\""
)]
#[case("HTTP__BIND", "c..d:80", "must be host:port")]
#[case("HTTP__BIND", "h:+80", "must be host:port")]
#[case("HTTP__CORS_ORIGINS", "https://a.example,*", "; invalid: \"*\"")]
#[case("HTTP__CORS_ORIGINS", "https:a.example", "must be a list of origins")]
#[case("AUTH__ISSUER", "a\nb", "must be a single line")]
#[case("HTTP__MAX_CONNECTIONS_PER_IP", "0", "from 1 to 10000000")]
#[case("LIMITS__BODY_BYTES", "1", "from 16777216")]
#[case(
    "LIMITS__BODY_BYTES_PER_CLIENT",
    "67108865",
    "must not be greater than LIMITS__BODY_BYTES"
)]
#[case(
    "HTTP__SHUTDOWN_TIMEOUT_MS",
    "1s",
    "must be a whole number of milliseconds from 1 to 600000"
)]
#[case(
    "HTTP__DRAIN_MS",
    "5001",
    "must not be more than half of HTTP__SHUTDOWN_TIMEOUT_MS"
)]
#[case("DATABASE__URL", "mysql://u@h/d", "must begin with postgres://")]
#[case("DATABASE__URL", "postgres://u@h:port/d", "invalid value for option `port`")]
#[case("DATABASE__URL", "postgres:///d", "must specify a host")]
#[case("DATABASE__URL", "postgres://u@h/d?colour=red", "unknown option `colour`")]
#[case("DATABASE__POOL_SIZE", "0", "must be a whole number from 1 to 1000")]
#[case("REDIS__URL", "localhost:6379", "must be a URL such as redis://")]
#[case("REDIS__URL", "http://localhost:6379", "must be a URL such as redis://")]
#[case("REDIS__URL", "redis-ring://localhost:6379", "must be a URL such as redis://")]
#[case(
    "REDIS__URL",
    "redis://localhost:6379/first",
    "must specify the database as a number"
)]
#[case("REDIS__URL", "redis-cluster://h:1/2", "Redis Cluster only has database 0")]
#[case(
    "REDIS__URL",
    "redis-cluster://h:1?node=h2",
    "must specify each node as host:port"
)]
#[case("REDIS__URL", "redis-sentinel://h:26379", "must specify the Sentinel service")]
#[case("REDIS__URL", "redis://h:6379?db=3", "contains an unknown parameter db")]
#[case("REDIS__URL", "redis://user@h", "must specify a password with the user")]
#[case("REDIS__CHANNEL_SHARDS", "0", "must be a whole number from 1 to 1024")]
#[case("REDIS__CHANNEL_SHARDS", "1025", "must be a whole number from 1 to 1024")]
#[case("LOG__FILE_MAX_MB", "0", "from 1 to 1000000")]
#[case("LOG__FILE_KEEP", "-1", "from 0 to 1000")]
#[case(
    "TELEMETRY__OTLP_ENDPOINT",
    "http://u:p@h:4318",
    "must not contain a user or a password"
)]
#[case("REDIS__KEY_STYLE", "braces", "must be tagged or plain")]
#[case("LIVE__INTERVAL_MS", "0", "from 1 to 10000")]
#[case("LIVE__INTERVAL_MS", "99.5", "must be a whole number of milliseconds")]
#[case("LIVE__BOUNDS", "1,2,3", "must be six numbers")]
#[case("LIVE__BOUNDS", "1,0,0,0,1,1", "each minimum below its maximum")]
#[case("LIVE__MAX_SPEED_MPS", "0", "must be a number from 0.001")]
#[case("LIVE__MAX_JUMP_M", "inf", "must be a number from 0")]
#[case("LIVE__MAX_JUMP_M", "NaN", "must be a number from 0")]
#[case(
    "LIVE__DISCONNECTED_AFTER_MS",
    "4999",
    "must not be less than LIVE__STALE_AFTER_MS"
)]
#[case("LIVE__DECODER_THREADS", "17", "from 0 to 16")]
#[case("LIVE__KEY_TTL_S", "1", "must be longer than LIVE__SYNC_INTERVAL_MS")]
#[case("WS__MAX_CONNECTIONS", "-1", "must be a whole number")]
#[case("AUTH__REFRESH_TTL_S", "899", "must not be less than AUTH__ACCESS_TTL_S")]
#[case("AUTH__SIGNING_KEY", "c2VjcmV0", "no key found")]
#[case("AUTH__PREVIOUS_KEYS", "c2VjcmV0", "no key found")]
#[case(
    "HTTP__METRICS_TOKEN",
    "short",
    "must consist of at least 16 printable ASCII characters"
)]
#[case("LIMITS__API_BURST", "many", "must be a whole number")]
#[case("GRAPHQL__MAX_DEPTH", "65", "from 1 to 64")]
#[case("GRAPHQL__INTROSPECTION", "yes", "must be true or false")]
#[case("LOG__LEVEL", "inof", "must be a level")]
#[case("LOG__LEVEL", "info,fred=loud", "info,fred=warn; invalid: \"fred=loud\"")]
#[case("LOG__LEVEL", "info,fred=", "invalid: \"fred=\"")]
#[case("LOG__LEVEL", "[request{id=.*}]=debug", "must be a level")]
#[case("TELEMETRY__OTLP_ENDPOINT", "localhost:4318", "must be a base URL")]
#[case("TELEMETRY__OTLP_ENDPOINT", "ftp://collector.example", "must be a base URL")]
#[case("TELEMETRY__OTLP_ENDPOINT", "http:collector.example", "must be a base URL")]
#[case(
    "TELEMETRY__OTLP_ENDPOINT",
    "http://collector.example/v1/traces/",
    "must not end with /v1/traces, which is appended"
)]
#[case("TELEMETRY__OTLP_PROTOCOL", "udp", "must be http or grpc")]
#[case("TELEMETRY__OTLP_CA_FILE", "/etc/ssl/ca.pem", "has no effect unless")]
#[case("TELEMETRY__OTLP_HEADERS", "authorization", "must be a list of headers")]
#[case("TELEMETRY__OTLP_HEADERS", "a b=c", "must be a list of headers")]
#[case("TELEMETRY__SAMPLE_RATIO", "1.01", "must be a number from 0 to 1")]
fn an_invalid_value_is_rejected(#[case] name: &str, #[case] value: &str, #[case] why: &str) {
    check_refused(&format!("{PREFIX}{name}"), value, why);
}

#[rstest]
#[case("HTTP__BIND", "127.8.9.10:0")]
#[case("HTTP__BIND", "[::1]:8080")]
#[case("HTTP__BIND", "[::ffff:127.0.0.1]:8080")]
#[case("HTTP__BIND", "LocalHost:8080")]
#[case("HTTP__TRUSTED_PROXIES", "10.0.0.7, fd00::/8")]
#[case("HTTP__ALLOWED_HOSTS", "fleet.example, fleet.example:8443, [::1]")]
#[case("DATABASE__URL", "postgresql://u:p@h1:5432,h2:5433/d?sslmode=require")]
#[case("DATABASE__URL", "postgres:///d?host=/run/postgresql")]
#[case("REDIS__URL", "redis://localhost")]
#[case("REDIS__URL", "rediss://user:password@redis.example:6380/3")]
#[case("REDIS__URL", "redis://[::1]:6379")]
#[case("REDIS__URL", "redis-cluster://h:7000?node=h:7001&node=[::1]:7002")]
#[case("REDIS__URL", "valkey://localhost")]
#[case("REDIS__URL", "valkeys-cluster://h:7000")]
#[case(
    "REDIS__URL",
    "rediss-sentinel://h:26379?node=h2:26379&sentinelServiceName=mymaster"
)]
#[case("HTTP__BIND", "0.0.0.0:8080")]
#[case("HTTP__BIND", "[::]:8080")]
#[case("LOG__LEVEL", "info,fred=warn,actix_web=off")]
#[case("LOG__LEVEL", "Info, fred=WARN")]
#[case("TELEMETRY__OTLP_ENDPOINT", "http://collector.example/otlp")]
#[case("TELEMETRY__OTLP_ENDPOINT", "https://collector.example:4317")]
#[case("TELEMETRY__OTLP_HEADERS", "authorization=Basic dXNlcg==, x-tenant=7")]
#[case("TELEMETRY__SAMPLE_RATIO", "1")]
fn a_valid_value_is_accepted(#[case] name: &str, #[case] value: &str) {
    let effective =
        load(None, &[(&format!("{PREFIX}{name}"), value)]).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(shown(&effective, name).ends_with("# environment"));
}

#[test]
fn a_receiver_of_traces_has_a_path_only_over_http() {
    let with = |protocol| {
        [
            (
                "FLEETWATCH_TELEMETRY__OTLP_ENDPOINT",
                "https://collector.example/otlp",
            ),
            ("FLEETWATCH_TELEMETRY__OTLP_CA_FILE", "/etc/ssl/ca.pem"),
            ("FLEETWATCH_TELEMETRY__OTLP_PROTOCOL", protocol),
        ]
    };
    assert!(load(None, &with("http")).is_ok());
    let problems = load(None, &with("grpc")).expect_err("a path");
    let fault = "must not have a path with TELEMETRY__OTLP_PROTOCOL = grpc";
    assert!(problems.to_string().contains(fault), "{problems}");
}

#[test]
fn plain_keys_are_rejected_only_with_a_cluster() {
    let plain = ("FLEETWATCH_REDIS__KEY_STYLE", "plain");
    valid(load(None, &[plain, ("FLEETWATCH_REDIS__URL", "redis://h:1")]));
    let faults = faults(load(
        None,
        &[plain, ("FLEETWATCH_REDIS__URL", "redis-cluster://h:1")],
    ));
    assert!(
        faults[0].starts_with("FLEETWATCH_REDIS__KEY_STYLE: must be tagged"),
        "{faults:?}"
    );
}

#[test]
fn a_rule_between_two_settings_is_skipped_if_one_is_invalid() {
    check_refused(
        "FLEETWATCH_LIVE__DISCONNECTED_AFTER_MS",
        "soon",
        "must be a whole number of milliseconds",
    );
}

#[test]
fn a_complete_description_does_not_continue_with_the_text() {
    let endpoint = (
        "FLEETWATCH_TELEMETRY__OTLP_ENDPOINT",
        "http://collector.example/v1/traces",
    );
    let expected = "FLEETWATCH_TELEMETRY__OTLP_ENDPOINT: must not end with /v1/traces, which is appended";
    assert_eq!(faults(load(None, &[endpoint])), [expected]);
}

#[test]
fn the_first_administrator_needs_both_name_and_password() {
    let name = ("FLEETWATCH_AUTH__ADMIN_USERNAME", "root");
    let config = valid(load(
        None,
        &[name, ("FLEETWATCH_AUTH__ADMIN_PASSWORD", "correct horse")],
    ));
    let first = config.auth.first_administrator.expect("both were given");
    assert_eq!(
        (first.username.as_str(), first.password.expose_secret()),
        ("root", "correct horse")
    );
    assert_eq!((first.role, first.organization_id), (domain::Role::Admin, None));
    let faults = faults(load(None, &[name]));
    assert!(
        faults[0]
            .starts_with("FLEETWATCH_AUTH__ADMIN_PASSWORD: must be given together with AUTH__ADMIN_USERNAME"),
        "{faults:?}"
    );
}

#[rstest]
#[case(
    "root",
    "short",
    "FLEETWATCH_AUTH__ADMIN_PASSWORD: must have at least 12 characters"
)]
#[case(
    "correcthorse",
    "CorrectHorse",
    "FLEETWATCH_AUTH__ADMIN_PASSWORD: must not be the username"
)]
#[case(
    "ro ot",
    "correct horse",
    "FLEETWATCH_AUTH__ADMIN_USERNAME: must not contain whitespace"
)]
fn the_first_administrator_must_meet_the_rules_for_users(
    #[case] username: &str,
    #[case] password: &str,
    #[case] expected: &str,
) {
    let faults = faults(load(
        None,
        &[
            ("FLEETWATCH_AUTH__ADMIN_USERNAME", username),
            ("FLEETWATCH_AUTH__ADMIN_PASSWORD", password),
        ],
    ));
    assert!(faults[0].starts_with(expected), "{faults:?}");
    assert!(!faults[0].contains(password), "{faults:?}");
}

#[test]
fn production_serves_no_documentation_or_open_metrics_by_default() {
    let production = ("FLEETWATCH_ENV", "production");
    let key = adapters_auth::SigningKey::generate().to_pem();
    let given = [
        production,
        ("FLEETWATCH_DATABASE__URL", "postgres://h/f"),
        ("FLEETWATCH_REDIS__URL", "redis://h"),
        ("FLEETWATCH_AUTH__SIGNING_KEY", key.expose_secret()),
        ("FLEETWATCH_HTTP__TRUSTED_PROXIES", "none"),
    ];
    let config = valid(load(None, &given));
    assert!(!config.http.docs && !config.http.graphiql && !config.http.metrics);
    assert!(!config.graphql.introspection);
    let development = valid(load(None, &[]));
    assert!(development.http.docs && development.http.graphiql && development.http.metrics);
}

#[rstest]
#[case::not_toml("[redis]\nurl = \"redis://:hidden@h\" trailing\n")]
#[case::cut_off("[redis]\nurl = \"redis://:hidden@h\n")]
fn an_invalid_toml_file_is_named_and_not_quoted(#[case] toml: &str) {
    let faults = faults(load_file(toml, &[("FLEETWATCH_LOG__FORMAT", "xml")]));
    assert!(
        faults[0].starts_with("--config ") && faults[0].contains("line 2"),
        "{faults:?}"
    );
    assert!(!faults[0].contains("hidden"), "{}", faults[0]);
    assert_eq!(faults.len(), 2, "the variables are checked as well: {faults:?}");
}

#[test]
fn a_missing_configuration_file_is_a_problem() {
    let faults = faults(load(Some(Path::new("/nowhere/fleetwatch.toml")), &[]));
    assert!(
        faults[0].starts_with("--config /nowhere/fleetwatch.toml: "),
        "{faults:?}"
    );
}
