//! Secrets: in files, in messages, and in settings that are not secret.

use super::*;

#[test]
fn a_secret_may_be_given_as_a_file() {
    let secret = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(secret.path(), "redis://:hidden@redis:6379/1\n").expect("writing it");
    let path = secret.path().to_str().expect("a plain path");
    let effective = load(None, &[("FLEETWATCH_REDIS__URL_FILE", path)]).expect("valid");
    let url = effective.config.redis.url.as_ref().expect("it was given");
    assert_eq!(url.to_string(), "redis://redis:6379/1");
    assert!(shown(&effective, "REDIS__URL").contains("redis://:********@redis:6379/1"));

    let overruled = load_file(
        &format!("[redis]\nurl_file = {path:?}\n"),
        &[("FLEETWATCH_REDIS__URL", "redis://elsewhere")],
    );
    assert_eq!(
        valid(overruled).redis.url.expect("given").to_string(),
        "redis://elsewhere:6379/0"
    );

    let twice = load(
        None,
        &[
            ("FLEETWATCH_REDIS__URL_FILE", path),
            ("FLEETWATCH_REDIS__URL", "redis://h"),
        ],
    );
    assert!(faults(twice)[0].starts_with("FLEETWATCH_REDIS__URL: must not be given together with"));
}

#[test]
fn a_missing_secret_file_is_reported_once() {
    let faults = faults(load(
        None,
        &[
            ("FLEETWATCH_ENV", "production"),
            ("FLEETWATCH_HTTP__TRUSTED_PROXIES", "none"),
            ("FLEETWATCH_DATABASE__URL_FILE", "/nowhere/at/all"),
        ],
    ));
    assert!(
        faults[0].starts_with("FLEETWATCH_DATABASE__URL: cannot read /nowhere/at/all"),
        "{faults:?}"
    );
    assert_eq!(
        faults.iter().filter(|fault| fault.contains("DATABASE")).count(),
        1,
        "{faults:?}"
    );
}

#[rstest]
#[case("DATABASE__URL", "postgres://robot:hidden@db:5432/fleet")]
#[case("DATABASE__URL", "postgres://db:5432/fleet?user=robot&password=hidden")]
#[case("DATABASE__URL", "postgres://robot:hidden/hid@den@db:5432/fleet")]
#[case("REDIS__URL", "rediss://:hidden@redis:6379/0")]
#[case(
    "REDIS__URL",
    "redis-sentinel://a:hidden@h:1?sentinelServiceName=m&sentinelPassword=hidden"
)]
#[case("AUTH__SIGNING_KEY", KEY_PEM)]
fn a_secret_is_never_shown(#[case] name: &str, #[case] value: &str) {
    match load(None, &[(&format!("{PREFIX}{name}"), value)]) {
        Ok(effective) => {
            let printed = format!("{}\n{:?}", shown(&effective, name), effective.config);
            assert!(shown(&effective, name).contains("********"));
            assert!(
                !printed.contains("hid") && !printed.contains("MC4CAQAwBQYDK2Vw"),
                "{printed}"
            );
        }
        Err(problems) => assert!(!problems.to_string().contains("hid"), "{problems}"),
    }
}

#[test]
fn a_faulty_secret_is_not_repeated() {
    for (name, value) in [
        ("FLEETWATCH_DATABASE__URL", "postgres//robot:hidden@db/fleet"),
        ("FLEETWATCH_REDIS__URL", "redis//:hidden@redis"),
        ("FLEETWATCH_AUTH__SIGNING_KEY", "hidden"),
    ] {
        let faults = faults(load(None, &[(name, value)]));
        assert!(!faults[0].contains("hidden"), "{}", faults[0]);
    }
}

#[rstest]
#[case("TELEMETRY__OTLP_ENDPOINT", "http://u:hidden@h:1")]
#[case("TELEMETRY__OTLP_ENDPOINT", "https://h/?api-key=hidden")]
#[case("HTTP__CORS_ORIGINS", "https://u:hidden@h")]
#[case("HTTP__CORS_ORIGINS", "https://u:hidden,hidden@h")]
#[case("HTTP__ALLOWED_HOSTS", "https://u:hidden@h")]
#[case("HTTP__BIND", "u:hidden@h:8080/")]
#[case("HTTP__TRUSTED_PROXIES", "redis://u:hidden@h")]
#[case("REDIS__KEY_STYLE", "redis://:hidden@h")]
#[case("LIVE__INTERVAL_MS", "postgres://u:hidden@h/d")]
fn credentials_in_a_setting_that_is_not_secret_are_not_repeated(#[case] name: &str, #[case] value: &str) {
    let faults = faults(load(None, &[(&format!("{PREFIX}{name}"), value)]));
    assert!(
        faults[0].contains(name) && !faults[0].contains("hidden"),
        "{faults:?}"
    );
}

#[test]
fn the_rules_for_a_username_are_stated_without_the_username() {
    let long = "x".repeat(200);
    let faults = faults(load(
        None,
        &[
            ("FLEETWATCH_AUTH__ADMIN_USERNAME", &long),
            ("FLEETWATCH_AUTH__ADMIN_PASSWORD", "correct horse"),
        ],
    ));
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(!faults[0].contains("xxx"), "{faults:?}");
}

#[test]
fn a_secret_file_may_begin_with_a_byte_order_mark_and_has_a_single_line() {
    let secret = tempfile::NamedTempFile::new().expect("a temporary file");
    let path = secret.path().to_str().expect("a plain path");
    let given = [("FLEETWATCH_DATABASE__URL_FILE", path)];
    fs::write(secret.path(), "\u{feff}postgres://u:hidden@h/d\r\n").expect("writing it");
    assert!(valid(load(None, &given)).database.url.is_some());

    fs::write(secret.path(), "postgres://u:hidden@h/d\nhidden\n").expect("writing it");
    assert_eq!(
        faults(load(None, &given)),
        ["FLEETWATCH_DATABASE__URL: must be a single line"]
    );
}

#[test]
fn an_endless_secret_file_is_rejected() {
    let faults = faults(load(
        None,
        &[("FLEETWATCH_HTTP__METRICS_TOKEN_FILE", "/dev/zero")],
    ));
    assert_eq!(
        faults,
        ["FLEETWATCH_HTTP__METRICS_TOKEN: cannot read /dev/zero: it is larger than 1 MiB"]
    );
}
